"""The backbones AdaptSR knows by name: shipped with it, downloaded, added by the user, to be had."""

from engine.backbones.catalogue.downloadable import (
    DownloadableBackbone,
    downloadable_backbones,
)
from engine.backbones.catalogue.installed import (
    InstalledBackbone,
    InstalledCard,
    installed_backbones,
    models_folder,
    remove_installed,
)
from engine.backbones.catalogue.names import find_backbone, unknown_backbone
from engine.backbones.catalogue.overview import CatalogueEntry, catalogue_entries, catalogue_entry
from engine.backbones.catalogue.shipped import (
    BackboneCard,
    ShippedBackbone,
    default_backbone,
    find_shipped,
    shipped_backbones,
)

__all__ = [
    "BackboneCard",
    "CatalogueEntry",
    "DownloadableBackbone",
    "InstalledBackbone",
    "InstalledCard",
    "ShippedBackbone",
    "catalogue_entries",
    "catalogue_entry",
    "default_backbone",
    "downloadable_backbones",
    "find_backbone",
    "find_shipped",
    "installed_backbones",
    "models_folder",
    "remove_installed",
    "shipped_backbones",
    "unknown_backbone",
]
