"""What `adaptsr upscale` takes."""

from engine.cli.declaration import command
from engine.cli.options import argument, option
from engine.cli.shared_options import profile
from engine.config.upscaling import UpscaleSettings


@command(
    "engine.cli.commands.upscale:upscale",
    argument(UpscaleSettings, "sources", required=True),
    option(UpscaleSettings, "out"),
    profile(UpscaleSettings, default="the one of each photo's camera, by EXIF"),
    option(UpscaleSettings, "backbone"),
    option(UpscaleSettings, "strength"),
    option(UpscaleSettings, "scale", default="the profile's, else 2"),
    option(UpscaleSettings, "name_template", "--name"),
    option(UpscaleSettings, "format", default="the photo's own"),
    option(UpscaleSettings, "quality"),
    option(UpscaleSettings, "bit_depth"),
    option(UpscaleSettings, "target", default="the network's scale"),
    option(UpscaleSettings, "strip_gps"),
    option(UpscaleSettings, "strip_place"),
    option(UpscaleSettings, "overwrite"),
    option(UpscaleSettings, "replace"),
    option(UpscaleSettings, "repair"),
    option(UpscaleSettings, "max_pixels"),
    option(UpscaleSettings, "device"),
    option(UpscaleSettings, "precision"),
    option(UpscaleSettings, "backend"),
)
def upscale() -> None:
    """Upscale photos with the profile of your camera, or with a plain network."""
