"""Tells spandrel how to recognise and rebuild our EDSR. Importing it takes spandrel's 4 seconds."""

from spandrel import MAIN_REGISTRY, Architecture, ArchSupport, ImageModelDescriptor, StateDict
from spandrel.util import KeyCondition, get_pixelshuffle_params, get_seq_len

from engine.backbones.edsr import DIV2K_MEAN, EDSR


class EDSRArchitecture(Architecture[EDSR]):
    """EDSR by its authors' key names, which no other architecture of spandrel shares."""

    def __init__(self) -> None:
        super().__init__(
            id="EDSR",
            detect=KeyCondition.has_all(
                "sub_mean.weight",
                "sub_mean.bias",
                "add_mean.weight",
                "add_mean.bias",
                "head.0.weight",
                "body.0.body.0.weight",
                "body.0.body.2.weight",
                "tail.0.0.weight",
                "tail.1.weight",
            ),
        )

    def load(self, state_dict: StateDict) -> ImageModelDescriptor[EDSR]:
        """Rebuild the network from its weights; width, depth, scale and range show in them."""
        scale, features = get_pixelshuffle_params(state_dict, "tail.0")
        blocks = get_seq_len(state_dict, "body") - 1
        # Retrained copies exist that work on [0, 1]: the mean they subtract tells.
        value_range = round(-float(state_dict["sub_mean.bias"][0]) / DIV2K_MEAN[0])
        network = EDSR(
            scale=scale,
            features=features,
            blocks=blocks,
            value_range=float(max(value_range, 1)),
        )
        return ImageModelDescriptor(
            network,
            state_dict,
            architecture=self,
            purpose="SR",
            tags=[f"{features}nf", f"{blocks}nb"],
            supports_half=False,
            supports_bfloat16=True,
            scale=scale,
            input_channels=int(state_dict["head.0.weight"].shape[1]),
            output_channels=int(state_dict["tail.1.weight"].shape[0]),
        )


def register_edsr() -> None:
    """Teach spandrel's own loader to recognise EDSR files; calling it again changes nothing."""
    MAIN_REGISTRY.add(ArchSupport.from_architecture(EDSRArchitecture()), ignore_duplicates=True)
