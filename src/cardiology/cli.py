"""The command ``cardiology``: ingest data, train a model."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from cardiology.errors import CardiologyError
from cardiology.settings import DEFAULT_PATH, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status. Errors go to stderr.

    A closed pipe (`cardiology ingest | head`) and Ctrl-C exit without a traceback, with the exit
    codes that a shell expects.
    """
    try:
        try:
            return _run(_parser().parse_args(arguments))
        finally:
            sys.stdout.flush()
    except CardiologyError as error:
        print(f"cardiology: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Otherwise Python reports the closed pipe again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        print("cardiology: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT


def _run(options: argparse.Namespace) -> int:
    if options.command == "ingest":
        return _ingest(options.settings, options.data_dir, options.allow_incomplete)
    return _train(options.settings, options.run_dir)


def _ingest(settings: Path | None, data_dir: Path | None, allow_incomplete: bool) -> int:
    from cardiology import dataset, sources, synthetic
    from cardiology.aws import get_aws_helper

    aws = get_aws_helper(load_settings(settings))
    if data_dir is None:
        raw, kind = sources.parse_all(synthetic.generate()), sources.SYNTHETIC
    else:
        raw, kind = sources.read_directory(data_dir), sources.REAL
    summary = dataset.ingest(
        aws.s3,
        raw,
        kind,
        lambda line: print(line, file=sys.stderr),
        allow_incomplete=allow_incomplete,
    )
    print(json.dumps(summary))
    return 0


def _train(settings: Path | None, run_dir: Path) -> int:
    # Before numpy and torch start their thread pools: on a graph this small, a second thread
    # costs more in waiting than it saves, especially when the cores are busy.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from cardiology.job import run_job

    if not run_dir.is_dir():
        raise CardiologyError(f"run directory {run_dir} does not exist")
    return run_job(run_dir, settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cardiology", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    ingest = commands.add_parser(
        "ingest", help="store raw data and the tables made from them; prints a JSON summary"
    )
    ingest.add_argument(
        "--data-dir", type=Path, help="directory of the real files (default: synthetic data)"
    )
    ingest.add_argument(
        "--allow-incomplete",
        action="store_true",
        help="accept real files that lack counties, values or borders: the manifest says which",
    )
    train = commands.add_parser("train", help="do the training run that a directory describes")
    train.add_argument("--run-dir", type=Path, required=True, help="directory with run.json")
    for command in (ingest, train):
        command.add_argument(
            "--settings",
            type=Path,
            help=f"settings file (default: $CARDIOLOGY_SETTINGS, else {DEFAULT_PATH}, else names "
            "that follow from CARDIOLOGY_ENV, CARDIOLOGY_PROJECT and the AWS account)",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
