"""The check for EcoTaxa knows every trap of its import, in its words; real files pass where EcoTaxa takes them."""

from __future__ import annotations

import contextlib
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from morphoexplore.errors import SourceError
from morphoexplore.reading.ecotaxa_check import check_ecotaxa
from morphoexplore.reading.ecotaxa_remarks import Check
from tests import drawn

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "formats"
HEADER = "object_id\timg_file_name\tobject_lat\tobject_area\tobject_remark"
TYPES = "[t]\t[t]\t[f]\t[f]\t[t]"
ROWS = ("o1\ta.png\t43.5\t12\tround", "o2\tb.png\t-43.5\t1e3\tlong")


def image(kind: str = "PNG", size: tuple[int, int] = (8, 8)) -> bytes:
    stream = io.BytesIO()
    Image.new("L", size, 255).save(stream, kind)
    return stream.getvalue()


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., Check]:
    """Write a table with two good images and check it."""

    def check(*lines: str, action: str | None = None, encoding: str = "utf-8-sig", **files: bytes) -> Check:
        folder = tmp_path / "bundle"
        folder.mkdir(exist_ok=True)
        for name in ("a.png", "b.png"):
            (folder / name).write_bytes(image())
        for name, data in files.items():
            (folder / name.replace("_", ".")).write_bytes(data)
        (folder / "ecotaxa_x.tsv").write_text("\n".join(lines) + "\n", encoding=encoding)
        return check_ecotaxa(folder, action)  # type: ignore[arg-type]

    return check


def with_column(header: str, kind: str, *cells: str) -> list[str]:
    rows = [f"{row}\t{cell}" for row, cell in zip(ROWS, cells, strict=False)]
    return [f"{HEADER}\t{header}", f"{TYPES}\t{kind}", *rows]


def test_a_table_of_samples_alone_is_refused_with_the_reason(checked: Callable[..., Check]) -> None:
    found = checked("sample_id\tsample_tot_vol", "[t]\t[t]", "s1\t250")
    assert [str(one) for one in found.errors] == ["ecotaxa_x.tsv: line 3: Missing object_id."]
    assert any("EcoTaxa imports no samples alone" in one.text for one in found.warnings)


def test_a_good_table_passes(checked: Callable[..., Check]) -> None:
    found = checked(HEADER, TYPES, *ROWS)
    assert (found.action, found.tables, found.rows, found.images) == ("import", 1, 2, 2)
    assert found.remarks == []


@pytest.mark.parametrize(
    ("header", "kind", "cells", "line", "words"),
    [
        ("object_date", "[t]", ("20140420", "2014/04/20"), 4, "Invalid Date value '2014/04/20' for field 'object_date'."),
        ("object_date", "[t]", ("2014-4-2", "2014-04-20"), 3, "Invalid Date value '2014-4-2'"),
        ("object_annotation_date", "[t]", ("20140431", ""), 3, "Invalid Date value '20140431'"),
        ("object_time", "[t]", ("420", "04:20"), 4, "Invalid Time value '04:20' for field 'object_time'."),
        ("object_time", "[t]", ("04:20:30", "9920"), 4, "Invalid Time value '9920'"),
        ("object_lon", "[f]", ("-12°06 30", "-12°06.398"), 4, "Invalid Long. value '-12°06.398' for field 'object_lon'. Correct range is -180/+180°."),
        ("object_lon", "[f]", ("181", "nan"), 3, "Correct range is -180/+180°."),
        ("object_lon", "[f]", ("99999", ""), 3, "Invalid Long. value '99999' for field 'object_lon'."),
        ("object_depth_min", "[f]", ("1.5", "1,5"), 4, "Invalid float value '1,5' for field 'object_depth_min'."),
        ("object_mean", "[f]", ("inf", "-inf"), 4, "Invalid float value '-inf'"),
        ("object_mean", "[n]", ("1", "2"), 2, "Invalid Type '[n]' for field 'object_mean'."),
        ("object_long", "[t]", ("x" * 250, "x" * 251), 4, "value too long for type character varying(250)"),
        ("object_link", "[t]", ("x" * 255, "x" * 256), 4, "value too long for type character varying(255)"),
        ("mean", "[f]", ("1", "2"), 1, "Invalid Header 'mean'. Format must be Table_Field."),
        ("obj_mean", "[f]", ("1", "2"), 1, "Invalid Header 'obj_mean'. Unknown table prefix 'obj'."),
        ("sample_ship", "[t]", ("a", "b"), 1, "Field sample_id is mandatory as there are some sample columns: ['sample_ship']."),
        ("object_annotation_hierarchy", "[t]", ("Biota>x", ""), 1, "KeyError: ''"),
        ("object_annotation_status", "[t]", ("", "validated"), 4, "When annotation status 'validated' is provided there has to be a category."),
        ("object_annotation_status", "[t]", ("", "noid"), 4, "When annotation status 'noid' is provided there has to be a category."),
        ("object_annotation_status", "[t]", ("", "sure"), 4, "Invalid Annotation Status 'sure' for field 'object_annotation_status'."),
        ("object_annotation_category", "[t]", ("", "Copepoda"), 4, "When a category (Copepoda) is provided it has to be with a status."),
        ("object_annotation_category_id", "[f]", ("", "45072"), 4, "When a category (45072) is provided it has to be with a status."),
    ],
)  # fmt: skip
def test_each_trap_is_told_in_the_words_of_ecotaxa(
    checked: Callable[..., Check], header: str, kind: str, cells: tuple[str, ...], line: int, words: str
) -> None:
    found = checked(*with_column(header, kind, *cells))
    remark = next(one for one in found.errors if words in one.text)
    assert remark.line == line
    assert line < 3 or remark.text.startswith(f"line {line}: ")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("\ta.png\t1\t1\tx", "Missing object_id."),
        ("o3\tgone.png\t1\t1\tx", "Missing Image 'gone.png'."),
        ("o3\t\t1\t1\tx", "Missing Image ''."),
        ("o1\ta.png\t1\t1\tx", "(Object 'o1', Image 'a.png') is already in this TSV line 3."),
        ("o3\ta.png\t1\t1\tx\textra", "Value(s) ['extra'] must not be in a header-less column."),
        ("o3\tsome.tif\t1\t1\tx", "Error while reading image 'some.tif': Unsupported image format: TIFF"),
        ("o3\tlong.png\t1\t1\tx", "Error while reading image 'long.png': Image is too large: 20001x1"),
        ("o3\tno.png\t1\t1\tx", "Error while reading image 'no.png'"),
        (
            "o3\ta.png\t90.1\t1\tx",
            "Invalid Lat. value '90.1' for field 'object_lat'. Correct range is -90/+90°.",
        ),
    ],
)
def test_a_wrong_row_is_told_with_its_line(checked: Callable[..., Check], row: str, words: str) -> None:
    files = {"some_tif": image("TIFF"), "long_png": image(size=(20001, 1)), "no_png": b"nothing"}
    found = checked(HEADER, TYPES, *ROWS, row, **files)
    assert [one.line for one in found.errors] == [5]
    assert found.errors[0].text.startswith("line 5: ")
    assert words in found.errors[0].text


def test_a_blank_name_beside_a_number_is_the_error_that_ecotaxa_makes(checked: Callable[..., Check]) -> None:
    header = "object_id\tobject_annotation_status\tobject_annotation_category\tobject_annotation_category_id"
    found = checked(header, "[t]\t[t]\t[t]\t[f]", "o1\tpredicted\t\t45072", "o2\tpredicted\tx\t45072")
    assert found.action == "classification"
    assert [one.line for one in found.errors] == [3]
    assert "there has to be a category" in found.errors[0].text
    assert "looks at the column of names first" in found.errors[0].text
    without = checked(
        "object_id\tobject_annotation_status\tobject_annotation_category_id",
        "[t]\t[t]\t[f]",
        "o1\tpredicted\t45072",
    )
    assert without.remarks == []


def test_utf8_without_a_byte_order_mark_is_shown_as_it_would_be_read(checked: Callable[..., Check]) -> None:
    lines = (HEADER, TYPES, ROWS[0].replace("round", "Copépode"))
    (warning,) = checked(*lines, encoding="utf-8").remarks
    assert not warning.is_error
    assert warning.line == 3
    assert "'Copépode' becomes 'CopÃ©pode'" in warning.text
    assert checked(*lines, encoding="latin-1").remarks == []
    assert checked(*lines).remarks == []


def test_a_missing_line_of_types_is_told(checked: Callable[..., Check]) -> None:
    found = checked(HEADER, *ROWS)
    assert [one.text for one in found.errors][:1] == ["Invalid Type '12' for field 'object_area'."]
    assert "takes the first object for it" in found.warnings[0].text
    quiet = checked("object_id\timg_file_name", "o1\ta.png", "o2\tb.png")
    assert quiet.errors == []
    assert "takes the first object for it" in quiet.warnings[0].text


def test_too_many_columns_are_told(checked: Callable[..., Check]) -> None:
    texts = [f"object_t{number}" for number in range(21)]
    samples = ["sample_id", *(f"sample_s{number}" for number in range(61))]
    header = "\t".join(["object_id", "img_file_name", *texts, *samples])
    count = header.count("\t") - 1
    found = checked(header, "\t".join(["[t]"] * (count + 2)), "\t".join(["o1", "a.png", *["x"] * count]))
    assert [one.text for one in found.errors] == [
        "Field object_t20 cannot be mapped. Too many custom fields, or bad type.",
        "Field sample_s60 cannot be mapped. Too many custom fields, or bad type.",
    ]


def test_an_acquisition_has_one_sample(checked: Callable[..., Check]) -> None:
    header = "object_id\timg_file_name\tsample_id\tacq_id"
    found = checked(header, "[t]\t[t]\t[t]\t[t]", "o1\ta.png\ts1\tacq", "o2\tb.png\ts2\tacq")
    assert (
        "line 4: Acquisition 'acq' is already associated with sample '{'s1'}', it cannot"
        in found.errors[0].text
    )


def test_an_update_needs_no_images_and_warns_of_cells_that_empty_what_is_there(
    checked: Callable[..., Check],
) -> None:
    found = checked("object_id\tobject_morph_name", "[t]\t[t]", "o1\tround", "o2\t")
    assert found.action == "update"
    assert found.errors == []
    assert "object_morph_name (1)" in found.warnings[0].text
    assert any(
        "Missing Image" in one.text for one in checked("object_id", "[t]", "o1", action="import").errors
    )


def test_files_that_ecotaxa_does_not_find(tmp_path: Path) -> None:
    (tmp_path / "morphs.tsv").write_text("object_id\n[t]\no1\n")
    for path in (tmp_path, tmp_path / "morphs.tsv"):
        assert "No object to import." in check_ecotaxa(path).errors[0].text
    with pytest.raises(SourceError, match="There is no"):
        check_ecotaxa(tmp_path / "nowhere")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no zip")
    assert check_ecotaxa(tmp_path / "broken.zip").errors


def test_too_many_tables_are_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(2001):
            archive.writestr(f"ecotaxa_{number}.tsv", f"object_id\n[t]\no{number}\n")
    assert (
        check_ecotaxa(tmp_path / "many.zip").errors[0].text
        == "You tried to import too many files, max. is 2000"
    )


def test_zips_of_uvp6_are_looked_into(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(
            "ecotaxa_cast.tsv", "object_id\timg_file_name\n[t]\t[t]\no1\tsub/1.png\no2\tsub/2.png\n"
        )
        archive.writestr("sub/1.png", image())
    with zipfile.ZipFile(tmp_path / "casts.zip", "w") as archive:
        archive.writestr("cast_Images.zip", inner.getvalue())
    (error,) = check_ecotaxa(tmp_path / "casts.zip").errors
    assert str(error) == "cast_Images.zip/ecotaxa_cast.tsv: line 4: Missing Image 'sub/2.png'."


def test_a_thousand_errors_of_one_sort_are_summed_up(checked: Callable[..., Check]) -> None:
    rows = [f"o{number}\tgone_{number}.png\t1\t1\tx" for number in range(1000)]
    errors = checked(HEADER, TYPES, *rows).errors
    assert len(errors) == 101
    assert errors[-1].text == "... and 900 more of this sort: Missing Image"


def test_the_drawn_samples_pass() -> None:
    assert check_ecotaxa(drawn.ARCHIVE).errors == []


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the real files lie beside the repository")
@pytest.mark.parametrize(
    ("path", "action", "words"),
    [
        ("ecotaxa_import/import_test", "import", None),
        ("ecotaxa_import/import_update", "update", None),
        ("ecotaxa_import/import_update", "import", "Missing Image 'm106_mn01_n2_sml_1333.jpg'"),
        ("ecotaxa_export/bak_all_images", "import", None),
        ("ecotaxa_export/doi", "import", "KeyError: ''"),
        ("ecotaxa_export/doi", "import", "Invalid Header 'objid'"),
        ("ecotaxa_export/tsv_all_entities_no_img_no_ids", "classification", "KeyError: ''"),
        ("planktoscope/planktoscope_export.tsv.gz", "classification", "Invalid Type"),
    ],
)
def test_real_files_pass_where_ecotaxa_takes_them(path: str, action: str, words: str | None) -> None:
    errors = check_ecotaxa(FORMATS / path, action).errors  # type: ignore[arg-type]
    assert not errors if words is None else any(words in one.text for one in errors)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_table_holds_it_is_told_and_nothing_breaks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray("\n".join([HEADER, TYPES, *ROWS]).encode("utf-8-sig"))
    pieces = [
        b'"',
        b"\x00",
        b"\t",
        b"\r",
        b"\n\n",
        b"\xff",
        b"\xef\xbb\xbf",
        b"../",
        b"-inf",
        b"",
        b"_",
        b"[f]",
    ]
    for place, length, piece in data.draw(
        st.lists(
            st.tuples(st.integers(0, len(content)), st.integers(0, 9), st.sampled_from(pieces)), max_size=8
        )
    ):
        content[place : place + length] = piece
    path = tmp_path_factory.mktemp("fuzz") / "ecotaxa_x.tsv"
    path.write_bytes(content)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/ecotaxa_x.tsv", bytes(content))
    damaged = bytearray(packed.getvalue())
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(0, 255))
    (path.parent / "x.zip").write_bytes(damaged)
    for source in (path, path.parent / "x.zip"):
        with contextlib.suppress(SourceError):
            assert all(remark.text for remark in check_ecotaxa(source).remarks)


def test_a_table_of_empty_lines_after_its_header_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ecotaxa_x.tsv"
    path.write_text("\n".join([HEADER, TYPES, "", "", ""]), encoding="utf-8")
    assert all(remark.text for remark in check_ecotaxa(path).remarks)


def test_a_line_without_end_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "ecotaxa_a.tsv"
    with path.open("wb") as file:
        file.write(b"object_id\tobject_area\n[t]\t[f]\n" + b"a\t1\n")
        for _ in range(32):
            file.write(b"9\t" * (1 << 20))
    tracemalloc.start()
    (error,) = check_ecotaxa(path).errors
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "it has more than 4 million letters" in error.text
    assert peak < 32 << 20


def test_what_would_unpack_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    inner = io.BytesIO()
    for target, name in ((inner, "ecotaxa_b.tsv"), (tmp_path / "a.zip", "ecotaxa_a.tsv")):
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, b"object_id\n" + bytes(80 << 20))
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        archive.writestr("x_Images.zip", inner.getvalue())
    found = check_ecotaxa(tmp_path / "a.zip")
    assert [error.file for error in found.errors] == ["ecotaxa_a.tsv", "x_Images.zip/ecotaxa_b.tsv"]
    assert all("would unpack from" in error.text for error in found.errors)
