"""Settings come from one JSON file, and what is wrong with it is said by name."""

import json
from dataclasses import asdict

import pytest

from cardiology.errors import CardiologyError
from cardiology.settings import load_settings


@pytest.fixture
def document(settings):
    return asdict(settings)


def test_reads_the_file_that_is_given(tmp_path, document, settings):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(document))
    assert load_settings(path) == settings


def test_the_variable_names_the_file_where_none_is_given(tmp_path, document, settings, monkeypatch):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(document))
    monkeypatch.setenv("CARDIOLOGY_SETTINGS", str(path))
    assert load_settings() == settings


def test_settings_cannot_be_changed(settings):
    with pytest.raises(AttributeError):
        settings.region = "eu-west-1"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"region": None}, "region"),
        ({"log_group": ""}, "log_group"),
        ({"buckets": {"raw_data": "a"}}, "buckets.model_artifacts"),
        ({"buckets": "one"}, "buckets.raw_data"),
    ],
)
def test_a_missing_value_is_named(tmp_path, document, change, named):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(document | change))
    with pytest.raises(CardiologyError, match=named):
        load_settings(path)


@pytest.mark.parametrize(("content", "reason"), [("{", "not valid JSON"), ("[]", "JSON object")])
def test_a_file_that_is_no_object_is_refused(tmp_path, content, reason):
    path = tmp_path / "settings.json"
    path.write_text(content)
    with pytest.raises(CardiologyError, match=reason):
        load_settings(path)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(CardiologyError, match=r"nowhere\.json: No such file"):
        load_settings(tmp_path / "nowhere.json")


def test_an_unknown_bucket_is_refused_with_the_choice(settings):
    with pytest.raises(CardiologyError, match="raw_data, processed_data"):
        settings.bucket("processed")
