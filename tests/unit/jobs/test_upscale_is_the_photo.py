"""The metadata of a result is about the result, and what it lacks is said once for each photo."""

from PIL import Image

from engine.backbones.loading import save_backbone
from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.events import PhotoNotice
from engine.imaging.exif import parse
from engine.imaging.metadata import orientation_of
from engine.imaging.reading import read_photo
from engine.jobs.upscale import upscale
from tests.photo_samples import exif_block, scene, xmp_packet
from tests.tiny_backbones import tiny_backbone

FACES = """<m:Regions xmlns:m="http://www.metadataworkinggroup.com/schemas/regions/"
 xmlns:a="http://ns.adobe.com/xmp/sType/Area#" xmlns:d="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
 rdf:parseType="Resource"><m:AppliedToDimensions d:w="{}" d:h="{}" d:unit="pixel"/><m:RegionList>
<rdf:Bag><rdf:li rdf:parseType="Resource"><m:Area a:x="0.25" a:y="0.75" a:w="0.5" a:h="0.5"/>
</rdf:li></rdf:Bag></m:RegionList></m:Regions>"""


def upscaled(tmp_path, faces_px, **changes):
    """Upscale a photo that is stored lying down, and return the result and what was said of it."""
    backbone, path = tmp_path / "tiny.safetensors", tmp_path / "p.jpg"
    save_backbone(tiny_backbone("EDSR"), backbone)
    exif, xmp = exif_block(orientation=6), xmp_packet(6, extra=FACES.format(*faces_px))
    Image.fromarray(scene(30, 40)).save(path, exif=b"Exif\0\0" + exif, xmp=xmp)
    events = []
    settings = UpscaleSettings(
        sources=(path,), out=tmp_path / "out", backbone=str(backbone), device="cpu", **changes
    )
    ((_, result),) = upscale(settings, events.append, CancelToken()).done
    return read_photo(result), [e.text for e in events if isinstance(e, PhotoNotice)]


def test_a_result_that_stands_up_has_its_faces_where_they_are(tmp_path):
    result, said = upscaled(tmp_path, (40, 30))
    assert (result.width_px, result.height_px) == (60, 80)
    assert orientation_of(result.metadata) == 1
    assert b'd:w="60" d:h="80"' in result.metadata.xmp
    assert b'a:x="0.25" a:y="0.25"' in result.metadata.xmp
    assert not any("Left out" in text for text in said)


def test_faces_of_another_picture_are_said_to_be_left_out_once(tmp_path):
    result, said = upscaled(tmp_path, (100, 20))
    assert b"Area" not in result.metadata.xmp.replace(b"sType/Area#", b"")
    assert len([text for text in said if "Left out" in text]) == 1


def test_places_go_from_the_file_that_is_written(tmp_path):
    result, _ = upscaled(tmp_path, (40, 30), strip_place=True)
    assert not parse(result.metadata.exif).gps
    assert b"GPS" not in result.metadata.xmp
