"""Starting a stand-in's process, and quickly: every ``pulumi up`` starts one of each."""

import importlib
import importlib.util
import sys
from types import ModuleType


def run(provider: str) -> None:
    """Serve what ``provider`` makes until the engine ends this process.

    ``provider`` names something to call without arguments, as ``module:name``; it is imported only
    after the way to a quick start is cleared.
    """
    _skip_the_sdk()
    protocol = importlib.import_module("keylife.sandbox.plugins.protocol")
    module, _, name = provider.partition(":")
    protocol.serve(getattr(importlib.import_module(module), name)())


_PACKAGES = {
    "pulumi": "",
    "pulumi.runtime": "/runtime",
    "pulumi.runtime.proto": "/runtime/proto",
}


def _skip_the_sdk() -> None:
    # The messages of the protocol stand alone, but importing them by name runs the SDK's own
    # ``__init__`` first: 0.3 of the 0.4 seconds that a plugin would take to start.
    spec = importlib.util.find_spec("pulumi") if "pulumi" not in sys.modules else None
    if spec is None or spec.submodule_search_locations is None:
        return
    path = spec.submodule_search_locations[0]
    for name, folder in _PACKAGES.items():
        package = ModuleType(name)
        package.__path__ = [f"{path}{folder}"]
        sys.modules[name] = package
