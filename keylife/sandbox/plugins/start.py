"""Starting a stand-in's process, and quickly: every ``pulumi up`` starts one of each."""

import importlib
import importlib.util
import sys
from types import ModuleType


def run(provider: str) -> None:
    """Serve the provider class ``provider`` (``module:class``) until the engine ends it."""
    _skip_the_sdk()
    protocol = importlib.import_module("keylife.sandbox.plugins.protocol")
    module, _, name = provider.partition(":")
    protocol.serve(getattr(importlib.import_module(module), name)())


def _skip_the_sdk() -> None:
    """Make ``pulumi.runtime.proto`` importable without the SDK around it.

    The messages stand alone, but importing them by name runs the SDK's own ``__init__`` first: 0.3
    of the 0.4 seconds that a plugin would take to start.
    """
    if "pulumi" in sys.modules:
        return
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.submodule_search_locations is None:
        return
    path = spec.submodule_search_locations[0]
    for name, folder in _PACKAGES.items():
        package = ModuleType(name)
        package.__path__ = [f"{path}{folder}"]
        sys.modules[name] = package


_PACKAGES = {
    "pulumi": "",
    "pulumi.runtime": "/runtime",
    "pulumi.runtime.proto": "/runtime/proto",
}
