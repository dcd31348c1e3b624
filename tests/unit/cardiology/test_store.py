"""Objects are stored with checksums and checked when read; an error is one sentence."""

import hashlib
import io

import polars as pl
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError

from cardiology import store
from cardiology.errors import CardiologyError, aws_errors
from cardiology.store import AlreadyExistsError, MissingObjectError

FRAME = pl.DataFrame({"fips": ["01001", "01003"], "value": [1.5, None]})


def test_a_polars_frame_becomes_parquet_under_its_name(aws, settings, clients):
    stored = aws.s3.upload_dataframe(FRAME, "processed_data", "cardiology_providers")
    assert stored.key == "cardiology_providers.parquet"
    body = clients["s3"].get_object(
        Bucket=settings.buckets["processed_data"], Key="cardiology_providers.parquet"
    )["Body"]
    assert pl.read_parquet(io.BytesIO(body.read())).equals(FRAME)


def test_a_pandas_frame_becomes_parquet_without_its_index(aws):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"fips": ["01001"], "value": [1.5]}, index=[7])
    aws.s3.upload_dataframe(frame, "processed_data", "from_pandas")
    table = pl.read_parquet(io.BytesIO(aws.s3.get("processed_data", "from_pandas.parquet")))
    assert table.columns == ["fips", "value"]
    assert table.rows() == [("01001", 1.5)]


def test_any_frame_that_writes_parquet_as_pandas_does_is_taken(aws):
    class Frame:
        def to_parquet(self, path, *, index):
            path.write(f"index={index}".encode())

    aws.s3.upload_dataframe(Frame(), "processed_data", "duck")
    assert aws.s3.get("processed_data", "duck.parquet") == b"index=False"


def test_a_lazy_frame_and_an_arrow_table_are_stored_as_parquet(aws):
    pyarrow = pytest.importorskip("pyarrow")
    for name, frame in (("lazy", FRAME.lazy()), ("arrow", pyarrow.table(FRAME.to_dict()))):
        aws.s3.upload_dataframe(frame, "processed_data", name)
        stored = aws.s3.get("processed_data", f"{name}.parquet")
        assert pl.read_parquet(io.BytesIO(stored)).equals(FRAME)


def test_a_name_that_ends_in_parquet_gets_no_second_suffix(aws):
    assert aws.s3.upload_dataframe(FRAME, "raw_data", "x.parquet").key == "x.parquet"


def mixed_objects():
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({"a": [1, "two", object()]})


def duplicate_columns():
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame([[1, 2]], columns=["a", "a"])


def objects():
    return pl.DataFrame({"a": [object()]})


def missing_column():
    return FRAME.lazy().select("nowhere")


@pytest.mark.parametrize("make", [mixed_objects, duplicate_columns, objects, missing_column])
def test_a_frame_that_parquet_cannot_hold_is_refused_and_not_stored(aws, make):
    with pytest.raises(CardiologyError, match=r"cannot be written as Parquet: .+"):
        aws.s3.upload_dataframe(make(), "processed_data", "bad")
    assert not aws.s3.holds("processed_data", "bad.parquet")


@pytest.mark.parametrize("bucket", ["processed", "", None, ["raw_data"]])
def test_an_unknown_bucket_is_refused_before_the_frame_is_read(aws, bucket):
    with pytest.raises(CardiologyError, match="unknown bucket"):
        aws.s3.upload_dataframe(missing_column(), bucket, "x")


@pytest.mark.parametrize("key", ["", None, 7, "k" * 1025, "ä" * 513])
def test_a_key_that_s3_does_not_take_is_refused_at_the_call(aws, key):
    for call in (lambda: aws.s3.put("raw_data", key, b""), lambda: aws.s3.get("raw_data", key)):
        with pytest.raises(CardiologyError, match="cannot be a key: use 1 to 1024 bytes"):
            call()


def test_content_that_is_not_bytes_is_refused(aws):
    with pytest.raises(CardiologyError, match="must be bytes, not str"):
        aws.s3.put("raw_data", "a", "text")


def test_a_document_that_json_cannot_hold_is_refused_and_not_stored(aws):
    with pytest.raises(CardiologyError, match=r"document\.a is .*object.*JSON cannot hold"):
        aws.s3.put_json("raw_data", "a.json", {"a": object()})
    assert not aws.s3.holds("raw_data", "a.json")


@pytest.mark.parametrize(
    "name", ["", "../up", "/root", "a//b", "a b", "a/../b", ".parquet", None, 5]
)
def test_a_name_that_makes_no_good_key_is_refused(aws, name):
    with pytest.raises(CardiologyError, match="cannot be the name of a table"):
        aws.s3.upload_dataframe(FRAME, "processed_data", name)


def test_something_that_is_no_frame_is_refused(aws):
    with pytest.raises(
        CardiologyError, match="a frame of polars, pandas or pyarrow is needed, not list"
    ):
        aws.s3.upload_dataframe([1], "processed_data", "list")


def test_s3_itself_gets_the_checksum(aws, settings, clients):
    stored = aws.s3.put("raw_data", "a", b"abc")
    head = clients["s3"].head_object(
        Bucket=settings.buckets["raw_data"], Key="a", ChecksumMode="ENABLED"
    )
    assert stored.sha256 == hashlib.sha256(b"abc").hexdigest() == head["Metadata"]["sha256"]
    assert head["ChecksumSHA256"]
    assert stored.size == 3


def test_an_object_written_as_new_is_never_overwritten(aws):
    aws.s3.put("model_artifacts", "a", b"first", new=True)
    with pytest.raises(AlreadyExistsError, match="test-dev-model-artifacts/a already exists"):
        aws.s3.put("model_artifacts", "a", b"second", new=True)
    assert aws.s3.get("model_artifacts", "a") == b"first"


class Conflicting:
    """A client whose first ``times`` writes conflict with another one."""

    def __init__(self, times):
        self.left = times
        self.calls = 0

    def put_object(self, **_request):
        self.calls += 1
        if self.left:
            self.left -= 1
            error = {"Code": "ConditionalRequestConflict", "Message": "try again"}
            raise ClientError({"Error": error}, "PutObject")


@pytest.mark.parametrize(("times", "calls"), [(1, 2), (4, 5)])
def test_a_write_that_conflicts_with_another_is_tried_again(aws, monkeypatch, times, calls):
    monkeypatch.setattr(store.time, "sleep", lambda _seconds: None)
    client = Conflicting(times)
    monkeypatch.setattr(aws.s3, "_client", client)
    aws.s3.put("model_artifacts", "a", b"first", new=True)
    assert client.calls == calls


def test_a_conflict_that_lasts_is_an_error_and_does_not_mean_that_the_object_exists(
    aws, monkeypatch
):
    monkeypatch.setattr(store.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(aws.s3, "_client", Conflicting(99))
    with pytest.raises(CardiologyError, match="ConditionalRequestConflict") as caught:
        aws.s3.put("model_artifacts", "a", b"first", new=True)
    assert not isinstance(caught.value, AlreadyExistsError)


def test_a_changed_object_is_noticed(aws):
    stored = aws.s3.put("raw_data", "a", b"right")
    aws.s3.put("raw_data", "a", b"wrong")
    with pytest.raises(CardiologyError, match="test-dev-raw-data/a is corrupt"):
        aws.s3.get("raw_data", "a", stored.sha256)


def test_an_absent_object_is_another_error_than_a_failed_read(aws):
    with pytest.raises(MissingObjectError, match="s3://test-dev-raw-data/none does not exist"):
        aws.s3.get("raw_data", "none")
    assert not aws.s3.holds("raw_data", "none")


def test_an_absent_bucket_is_an_error_and_not_an_absent_object(aws, settings, clients):
    clients["s3"].delete_bucket(Bucket=settings.buckets["raw_data"])
    with pytest.raises(CardiologyError, match="NoSuchBucket") as caught:
        aws.s3.get("raw_data", "none")
    assert not isinstance(caught.value, MissingObjectError)


def test_holds_compares_the_checksum_where_one_is_given(aws):
    stored = aws.s3.put("raw_data", "a", b"abc")
    assert aws.s3.holds("raw_data", "a", stored.sha256)
    assert not aws.s3.holds("raw_data", "a", "0" * 64)


@pytest.mark.parametrize(("content", "reason"), [(b"{", "not valid JSON"), (b"[]", "JSON object")])
def test_a_document_that_is_no_json_object_is_refused(aws, content, reason):
    aws.s3.put("raw_data", "a.json", content)
    with pytest.raises(CardiologyError, match=reason):
        aws.s3.get_json("raw_data", "a.json")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject"),
            "cannot write x: AccessDenied: no",
        ),
        (ClientError({"Error": {"Code": "403", "Message": ""}}, "Head"), "cannot write x: 403"),
        (NoCredentialsError(), "cannot write x: Unable to locate credentials"),
        (
            ResponseParserError("not well-formed (invalid token)"),
            "cannot write x: not well-formed (invalid token)",
        ),
        (
            EndpointConnectionError(endpoint_url="http://nowhere"),
            'cannot write x: Could not connect to the endpoint URL: "http://nowhere"',
        ),
    ],
)
def test_errors_of_the_client_become_one_sentence(error, sentence):
    with pytest.raises(CardiologyError) as caught, aws_errors("write x"):
        raise error
    assert str(caught.value) == sentence
