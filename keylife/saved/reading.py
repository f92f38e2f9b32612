"""Reading a saved file of any form: what it shows, or one clear error."""

from __future__ import annotations

from keylife.saved.document import Form, Json, SavedFileError
from keylife.saved.plan import read_plan
from keylife.saved.preview import read_preview
from keylife.saved.saved import Saved
from keylife.saved.state import read_state


def read_saved(form: Form, document: Json, state: Json | None = None) -> Saved:
    """What a saved file shows.

    Args:
        form: which command wrote it.
        document: what it wrote.
        state: the stack's state that a change was planned on, as `pulumi stack export` writes it;
            a plan that changes something needs it, a preview takes births from it.

    Raises:
        SavedFileError: it is damaged, incomplete, or needs the state.
    """
    try:
        match form:
            case Form.PREVIEW:
                return read_preview(document, state)
            case Form.PLAN:
                return read_plan(document, state)
            case Form.STATE:
                return read_state(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Neither the error's text nor its cause is kept: both could hold a value of the file.
        raise SavedFileError(
            f"something in it is not as `{form}` writes it ({type(error).__name__})",
            f"write it anew by `{form}`; if it stays so, report it with Pulumi's version",
        ) from None
