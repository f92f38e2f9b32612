"""What a text has to match, and what is said of one that does not."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from keylife.deliveries.secrets_manager import SecretName
from keylife.deliveries.vault_kv import KvPath
from keylife.model.base import Name, Sentence
from keylife.model.fitting import Fits

FEW = TypeAdapter(Annotated[str, Fits("^[ab]{1,3}$", "a and b"), Fits("a", "no b alone")])


def _said(text: object) -> str:
    with pytest.raises(ValidationError) as caught:
        FEW.validate_python(text)
    [details] = caught.value.errors()
    return str(details.get("ctx", {}).get("error", details["type"]))


def test_a_text_that_fits_is_kept_as_it_is() -> None:
    assert FEW.validate_python("ab") == "ab"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("c", "a and b", id="another character"),
        pytest.param("ab\n", "a and b", id="a line end behind it"),
        pytest.param("bb", "no b alone", id="the second form is judged once the first fits"),
        pytest.param(7, "string_type", id="what is no text is said to be none"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_rule_s_own_words(text: object, said: str) -> None:
    assert _said(text) == said


@pytest.mark.parametrize(
    ("form", "fits", "unfit"),
    [
        pytest.param(Name, "a" * 63, "a" * 64, id="the longest name"),
        pytest.param(Name, "a-1", "a_1", id="a name's characters"),
        pytest.param(Name, "a", "é", id="letters of ASCII only"),
        pytest.param(Sentence, "ä x", "\u2003 ", id="a sentence of spaces is empty"),
        pytest.param(Sentence, "a\u00a0b", "a\u0085b", id="no control characters"),
        pytest.param(KvPath, "a.b/.c/d.", "a..b", id="two dots in a row"),
        pytest.param(KvPath, "a/b", "a/./b", id="a dot as a part"),
        pytest.param(KvPath, "a/b", "a//b", id="an empty part"),
        pytest.param(SecretName, "a-12345", "a-123456", id="a suffix as an ARN has"),
        pytest.param(SecretName, "a-1234567", "-abcdef", id="six characters exactly"),
        pytest.param(SecretName, "a-12345/", "x/a-12345b", id="anywhere in the path"),
    ],
)
def test_the_forms_of_declared_texts(form: Any, fits: str, unfit: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(form)

    assert adapter.validate_python(fits) == fits
    with pytest.raises(ValidationError):
        adapter.validate_python(unfit)
