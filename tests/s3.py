"""An S3 on this machine: moto's, in this process, with one bucket."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import make_server


@dataclass(frozen=True)
class Bucket:
    """Where the states are, for the Pulumi CLI and for whoever looks into them."""

    address: str
    name: str

    @property
    def backend(self) -> str:
        """What `pulumi login` takes."""
        return f"s3://{self.name}?endpoint={self.address}&s3ForcePathStyle=true&region=us-east-1"

    def objects(self) -> dict[str, bytes]:
        """Everything in the bucket, by name."""
        s3 = _client(self.address)
        return {
            entry["Key"]: s3.get_object(Bucket=self.name, Key=entry["Key"])["Body"].read()
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=self.name)
            for entry in page.get("Contents", ())
        }


@contextmanager
def running_s3() -> Iterator[Bucket]:
    """A fresh server with an empty bucket; it asks nobody who they are.

    Moto's buckets are the process's: each has a name of its own.
    """
    server = make_server("127.0.0.1", 0, create_backend_app("s3"), threaded=True)
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        bucket = Bucket(address, f"states-{uuid.uuid4()}")
        _client(address).create_bucket(Bucket=bucket.name)
        yield bucket
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _client(address: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="anyone",
        aws_secret_access_key="anything",
        config=Config(proxies={}),
    )
