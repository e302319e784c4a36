"""Settings of taking a network to another program."""

from pydantic import Field

from engine.config.base import ProfileFolder, Settings
from engine.paths import StoredName, StoredPath


class ExportSettings(Settings):
    """Take a profile's network, or a backbone, to another program.

    `format` is one of `engine.exporting.formats.EXPORTERS`.
    """

    profile: ProfileFolder = None
    backbone: StoredName | None = Field(None, description="A shipped network's name, or a file.")
    format: str = Field(
        "auto",
        description="safetensors (spandrel, chaiNNer, ComfyUI), onnx, darktable (.dtmodel), ncnn "
        "(Upscayl's .param and .bin), or auto: by the file's ending.",
    )
    out: StoredPath = Field(description="The file to write.")
    overwrite: bool = Field(False, description="Replace the file if it exists.")
