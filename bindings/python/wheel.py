"""Puts the generated code and the library into the wheel, and names the platform that it is for."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EngineHook(BuildHookInterface[Any]):
    """Asks for a folder with `_pupil.py` and the library, in the variable PUPIL_ENGINE."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build."""
        folder = os.environ.get("PUPIL_ENGINE")
        if folder is None:
            raise RuntimeError("the wheel needs the engine: build it with `cargo xtask python`")
        files = sorted(Path(folder).iterdir())
        if len(files) != 2 or files[0].name != "_pupil.py":
            raise RuntimeError(f"{folder} must hold _pupil.py and the library, it holds {[file.name for file in files]}")
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
        licences = [Path(self.root).parents[1] / name for name in ("LICENSE-MIT", "LICENSE-APACHE")]
        build_data["force_include"].update({str(file): f"pupil_scorer/{file.name}" for file in [*files, *licences]})
