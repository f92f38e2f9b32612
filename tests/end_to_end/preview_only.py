"""A provider plugin that previews resources of any type, and can make none.

It takes the place of plugins that cannot be had where the tests run, so that a program may
register what it likes and the real engine hands it to the policy pack. ``install`` puts it into a
sandbox's PULUMI_HOME under the version 0.0.1, beside whatever is there.
"""

from __future__ import annotations

import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

VERSION = "0.0.1"
PACKAGES = ("aws", "command", "kubernetes", "vault")


def install(home: Path) -> None:
    """Put the plugin in place for every package.

    Args:
        home: the PULUMI_HOME of a sandbox.
    """
    root = Path(__file__).resolve().parents[2]
    for package in PACKAGES:
        name = f"pulumi-resource-{package}"
        folder = home / "plugins" / f"resource-{package}-v{VERSION}"
        folder.mkdir(parents=True, exist_ok=True)
        script = folder / name
        script.write_text(
            f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(root))} exec {shlex.quote(sys.executable)}"
            " -m tests.end_to_end.preview_only\n"
        )
        script.chmod(0o700)


def serve() -> None:
    """Serve until the engine ends this process."""
    import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
    from google.protobuf import empty_pb2  # type: ignore[import-untyped]
    from pulumi.runtime.proto import plugin_pb2, provider_pb2
    from pulumi.runtime.proto.provider_pb2_grpc import (
        ResourceProviderServicer,
        add_ResourceProviderServicer_to_server,
    )

    class Servicer(ResourceProviderServicer):
        """Says yes to everything that a preview asks."""

        def GetPluginInfo(self, request: Any, context: Any) -> Any:
            return plugin_pb2.PluginInfo(version=VERSION)

        def CheckConfig(self, request: Any, context: Any) -> Any:
            return provider_pb2.CheckResponse(inputs=request.news)

        def Configure(self, request: Any, context: Any) -> Any:
            return provider_pb2.ConfigureResponse(supportsPreview=True)

        def Check(self, request: Any, context: Any) -> Any:
            return provider_pb2.CheckResponse(inputs=request.news)

        def Create(self, request: Any, context: Any) -> Any:
            if not request.preview:
                context.abort(grpc.StatusCode.UNIMPLEMENTED, "this plugin only previews")
            return provider_pb2.CreateResponse(properties=request.properties)

        def Cancel(self, request: Any, context: Any) -> Any:
            return empty_pb2.Empty()

    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    add_ResourceProviderServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    serve()
