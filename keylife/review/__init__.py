"""What a change of the declarations does to keys, told before it is merged.

The core is pure: two revisions' declarations, the paths that changed and an instant give a tuple
of changes. Git is read at the edge, from its objects: nothing is checked out, and no code of a
pull request is run.
"""

from __future__ import annotations

from keylife.review.change import Change, Noun, Risk, Subject, What
from keylife.review.compare import compare
from keylife.review.declared import Declared

__all__ = ["Change", "Declared", "Noun", "Risk", "Subject", "What", "compare"]
