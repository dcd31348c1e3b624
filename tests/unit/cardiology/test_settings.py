"""Settings come from a JSON file or from the account; errors name the file and the value."""

import json
from dataclasses import asdict

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate import names
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.table import TABLE

from cardiology.errors import CardiologyError
from cardiology.settings import BUCKETS, account_settings, load_settings


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


@pytest.fixture
def control_machine(cloud, monkeypatch, tmp_path):
    """A machine with credentials and a region, but without a settings file."""
    monkeypatch.setattr("cardiology.settings.DEFAULT_PATH", tmp_path / "none.json")
    for name in ("SETTINGS", "PROJECT", "ENV", "BUCKET_PREFIX"):
        monkeypatch.delenv(f"CARDIOLOGY_{name}", raising=False)
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")


def create_bucket(clients, name):
    clients["s3"].create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )


def test_without_a_file_the_names_follow_from_the_account(control_machine, clients):
    create_bucket(clients, "cardiology-optimizer-123456789012-dev-processed-data")
    found = load_settings()
    assert found.bucket("raw_data") == "cardiology-optimizer-123456789012-dev-raw-data"
    assert (found.region, found.log_group, found.metrics_namespace) == (
        "us-west-2",
        "/aws/cardiology-optimizer/dev",
        "cardiology-optimizer/dev",
    )


def test_variables_choose_project_environment_and_prefix(control_machine, clients, monkeypatch):
    monkeypatch.setenv("CARDIOLOGY_PROJECT", "heart")
    monkeypatch.setenv("CARDIOLOGY_ENV", "prod")
    monkeypatch.setenv("CARDIOLOGY_BUCKET_PREFIX", "clinic")
    create_bucket(clients, "clinic-prod-processed-data")
    found = load_settings()
    assert found.bucket("model_artifacts") == "clinic-prod-model-artifacts"
    assert (found.log_group, found.metrics_namespace) == ("/aws/heart/prod", "heart/prod")


def test_the_names_are_those_that_the_playbooks_give(control_machine, monkeypatch):
    """Their table of inputs is not installed with the helper, so its defaults are repeated."""
    default = {entry.name: entry.default for entry in TABLE}
    inputs = Inputs.__new__(Inputs)
    for name, value in (
        ("project", default["project"]),
        ("environment", default["env"]),
        ("s3_bucket_prefix", f"{default['project']}-123456789012"),
    ):
        object.__setattr__(inputs, name, value)
    monkeypatch.setattr("cardiology.settings._check_deployed", lambda *_: None)
    found = account_settings()
    assert found.log_group == names.log_group(inputs)
    assert found.metrics_namespace == names.metrics_namespace(inputs)
    assert found.buckets == {key: inputs.bucket_name(key) for key in BUCKETS}


def test_an_environment_that_is_not_deployed_is_named(control_machine, monkeypatch):
    monkeypatch.setenv("CARDIOLOGY_ENV", "prod")
    with pytest.raises(CardiologyError, match=r"environment prod .* is not deployed .*CARDIOLOGY_"):
        load_settings()


def test_without_a_region_the_variable_to_set_is_named(control_machine, monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(CardiologyError, match="no region: set AWS_REGION"):
        load_settings()


def test_without_credentials_both_ways_are_named(control_machine, monkeypatch):
    monkeypatch.setattr("boto3.Session.get_credentials", lambda _: None)
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda *_args, **_options: None)
    with pytest.raises(CardiologyError, match=r"CARDIOLOGY_SETTINGS is not set.*credentials"):
        load_settings()


def test_a_default_file_that_cannot_be_read_is_an_error(monkeypatch, tmp_path):
    """An unreadable file is not a missing one: no other environment is guessed."""
    monkeypatch.delenv("CARDIOLOGY_SETTINGS", raising=False)
    monkeypatch.setattr("cardiology.settings.DEFAULT_PATH", tmp_path)
    with pytest.raises(CardiologyError, match="cannot read settings file"):
        load_settings()
