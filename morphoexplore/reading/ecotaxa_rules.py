"""What EcoTaxa knows of tables: its own columns, and how much it can hold. Read in its source, and tried on it."""

from __future__ import annotations

#: Columns that have a place of their own, and their type; all others with a known prefix are free columns.
PREDEFINED = {
    "img_file_name": "t",
    "img_rank": "f",
    "object_id": "t",
    "object_lat": "f",
    "object_lon": "f",
    "object_date": "t",
    "object_time": "t",
    "object_link": "t",
    "object_depth_min": "f",
    "object_depth_max": "f",
    "object_annotation_category": "t",
    "object_annotation_category_id": "f",
    "object_annotation_hierarchy": "t",
    "object_annotation_date": "t",
    "object_annotation_time": "t",
    "object_annotation_person_name": "t",
    "object_annotation_person_email": "t",
    "object_annotation_status": "t",
    "sample_id": "t",
    "sample_dataportal_descriptor": "t",
    "acq_id": "t",
    "acq_instrument": "t",
    "process_id": "t",
    "complement_info": "t",
}
HIERARCHY = "object_annotation_hierarchy"
STATES = ("predicted", "dubious", "validated", "discarded")
TYPES = {"[f]": "f", "[t]": "t"}
#: Prefixes of free columns, and how many of each type a project can hold.
FREE = {
    "object": {"f": 500, "t": 20},
    "sample": {"t": 60},
    "acq": {"t": 30},
    "process": {"t": 30},
}
MOST_TABLES = 2000
MOST_TEXT = 250  # characters of a free text
LONGER = {  # of a predefined one
    "object_id": 255,
    "object_link": 255,
    "img_file_name": 255,
    "sample_id": 255,
    "acq_id": 255,
    "process_id": 255,
    "acq_instrument": 255,
    "sample_dataportal_descriptor": 8000,
    "complement_info": 255,
    "object_annotation_category": 255,
    "object_annotation_person_name": 255,
    "object_annotation_person_email": 255,
}
IMAGE_FORMATS = ("PNG", "JPEG", "GIF")
MOST_PIXELS = 20_000  # of a side
NO_TABLE = "No object to import. No .txt or .tsv file was found, of which name starts with 'ecotaxa'."
