"""
The database schema as ordered migrations.

A migration is appended, never edited. Each is committed together with its number
(``PRAGMA user_version``), so a failing one leaves nothing behind and is still pending.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from morphoexplore.errors import ProjectError

KINDS = ("living", "detritus", "artefact", "multiple", "part", "unknown")
ORIGINS = ("looked", "seed", "grown", "imported")
SEED_STATES = ("pending", "confirmed", "discarded", "replaced")
ANSWERS = ("right", "wrong", "doubtful")
PURPOSES = ("review", "find", "certify", "audit")
SURVEYS = ("growth", "bulk", "audit", "round")
RUN_STATES = ("running", "done", "failed", "interrupted")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"CHECK ({column} IN ({', '.join(repr(word) for word in words)}))"


MIGRATIONS = (
    f"""
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    CREATE TABLE run (
        run_id INTEGER PRIMARY KEY,
        verb TEXT NOT NULL,
        parameters TEXT NOT NULL,           -- JSON
        versions TEXT NOT NULL,             -- JSON: package -> version
        user TEXT NOT NULL,
        started TEXT NOT NULL,              -- UTC, ISO 8601, as all times here
        finished TEXT,
        state TEXT NOT NULL {_one_of("state", RUN_STATES)},
        process TEXT,                       -- JSON: pid and its start time, while it runs
        label TEXT, done INTEGER, total INTEGER,
        result TEXT                         -- JSON, or the sentence of the error
    ) STRICT;

    CREATE TABLE source (
        source_id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES run,
        path TEXT NOT NULL,                 -- what the user named, absolute
        format TEXT NOT NULL,
        image_root TEXT NOT NULL,           -- absolute at the time of `add`
        image_root_relative TEXT,           -- the same relative to the project folder, where it can be
        crop_bottom INTEGER NOT NULL,       -- rows cut off; -1: where a scale-bar footer is found
        white_level INTEGER NOT NULL        -- of 16-bit images
    ) STRICT;

    CREATE TABLE sample (
        sample_id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        metadata TEXT NOT NULL              -- JSON: the source's columns, verbatim
    ) STRICT;

    CREATE TABLE acquisition (
        acquisition_id INTEGER PRIMARY KEY,
        sample_id INTEGER NOT NULL REFERENCES sample,
        name TEXT NOT NULL,
        pixel_size REAL CHECK (pixel_size > 0),   -- mm
        metadata TEXT NOT NULL,
        UNIQUE (sample_id, name)
    ) STRICT;

    CREATE TABLE object (
        object INTEGER PRIMARY KEY CHECK (object >= 0),   -- the row of every array
        object_id TEXT NOT NULL UNIQUE,
        acquisition_id INTEGER NOT NULL REFERENCES acquisition,
        datetime TEXT, latitude REAL, longitude REAL,
        depth_min REAL, depth_max REAL                    -- m, positive down
    ) STRICT;
    CREATE INDEX object_of_acquisition ON object (acquisition_id);

    CREATE TABLE image (
        object INTEGER NOT NULL REFERENCES object,
        rank INTEGER NOT NULL,
        source_id INTEGER NOT NULL REFERENCES source,
        path TEXT NOT NULL,                 -- relative to the source's image root
        width INTEGER, height INTEGER,      -- px after cropping, known once drawn
        problem TEXT,                       -- why it cannot be read
        PRIMARY KEY (object, rank)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE problem (
        problem_id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES run,
        file TEXT NOT NULL, line INTEGER, object_id TEXT, reason TEXT NOT NULL
    ) STRICT;

    CREATE TABLE change (                   -- of metadata, by `add --update`
        change_id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES run,
        level TEXT NOT NULL CHECK (level IN ('object', 'acquisition', 'sample')),
        row_id INTEGER NOT NULL,            -- object, acquisition_id or sample_id
        column_name TEXT NOT NULL, old TEXT, new TEXT
    ) STRICT;

    CREATE TABLE array (
        array_id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        dtype TEXT NOT NULL,
        width INTEGER NOT NULL,             -- numbers per object; 0: one, without a second axis
        run_id INTEGER NOT NULL REFERENCES run,
        parameters TEXT NOT NULL,           -- JSON
        UNIQUE (kind, name, version)
    ) STRICT;

    CREATE TABLE shard (
        array_id INTEGER NOT NULL REFERENCES array,
        start INTEGER NOT NULL, stop INTEGER NOT NULL CHECK (stop > start),
        file TEXT NOT NULL UNIQUE,          -- relative to the project
        checksum INTEGER NOT NULL,          -- CRC-32 of the file
        PRIMARY KEY (array_id, start)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE term (                     -- dictionary of a text column
        array_id INTEGER NOT NULL REFERENCES array,
        code INTEGER NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (array_id, code)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE node (
        node_id INTEGER PRIMARY KEY AUTOINCREMENT,
        parent_id INTEGER REFERENCES node DEFERRABLE INITIALLY DEFERRED,
        is_branch INTEGER NOT NULL CHECK (is_branch IN (0, 1)),
        name TEXT,
        kind TEXT {_one_of("kind", KINDS)},       -- NULL: as its branch
        taxon TEXT, ecotaxa_id INTEGER, aphia_id INTEGER, description TEXT,
        is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1)),
        flag TEXT                                 -- a question to a colleague
    ) STRICT;
    CREATE INDEX node_of_parent ON node (parent_id);

    CREATE TABLE seed (
        seed_id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES run,
        round INTEGER NOT NULL,
        number INTEGER NOT NULL,            -- its label in the membership array of its run
        size INTEGER NOT NULL, density REAL NOT NULL,
        state TEXT NOT NULL {_one_of("state", SEED_STATES)},
        node_id INTEGER REFERENCES node DEFERRABLE INITIALLY DEFERRED,
        UNIQUE (run_id, number)
    ) STRICT;

    CREATE TABLE decision (
        decision_id INTEGER PRIMARY KEY AUTOINCREMENT,
        verb TEXT NOT NULL,
        user TEXT NOT NULL,
        time TEXT NOT NULL,
        node_id INTEGER, seed_id INTEGER,   -- what it was about; the node may be gone by now
        target_id INTEGER REFERENCES decision,    -- of undo and redo
        detail TEXT NOT NULL,               -- JSON, small, for people
        changes BLOB                        -- former and later state, compressed; NULL in undo and redo
    ) STRICT;
    CREATE INDEX decision_target ON decision (target_id) WHERE target_id IS NOT NULL;

    CREATE TABLE member (
        object INTEGER PRIMARY KEY REFERENCES object,
        node_id INTEGER NOT NULL REFERENCES node DEFERRABLE INITIALLY DEFERRED,
        origin TEXT NOT NULL {_one_of("origin", ORIGINS)},
        decision_id INTEGER NOT NULL REFERENCES decision DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
    CREATE INDEX member_of_node ON member (node_id);

    CREATE TRIGGER member_on_leaf_insert BEFORE INSERT ON member
    WHEN (SELECT is_branch FROM node WHERE node_id = NEW.node_id) = 1
    BEGIN SELECT RAISE(ABORT, 'a branch cannot own objects'); END;
    CREATE TRIGGER member_on_leaf_update BEFORE UPDATE ON member
    WHEN (SELECT is_branch FROM node WHERE node_id = NEW.node_id) = 1
    BEGIN SELECT RAISE(ABORT, 'a branch cannot own objects'); END;
    CREATE TRIGGER node_under_branch_insert BEFORE INSERT ON node
    WHEN NEW.parent_id IS NOT NULL
         AND (SELECT is_branch FROM node WHERE node_id = NEW.parent_id) = 0
    BEGIN SELECT RAISE(ABORT, 'a morph cannot own nodes'); END;
    CREATE TRIGGER node_under_branch_update BEFORE UPDATE OF parent_id ON node
    WHEN NEW.parent_id IS NOT NULL
         AND (SELECT is_branch FROM node WHERE node_id = NEW.parent_id) = 0
    BEGIN SELECT RAISE(ABORT, 'a morph cannot own nodes'); END;

    CREATE TABLE rejection (
        object INTEGER NOT NULL REFERENCES object,
        node_id INTEGER NOT NULL REFERENCES node DEFERRABLE INITIALLY DEFERRED,
        decision_id INTEGER NOT NULL REFERENCES decision DEFERRABLE INITIALLY DEFERRED,
        PRIMARY KEY (object, node_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX rejection_of_node ON rejection (node_id);

    CREATE TABLE look (
        look_id INTEGER PRIMARY KEY,
        object INTEGER NOT NULL REFERENCES object,
        node_id INTEGER, seed_id INTEGER,
        answer TEXT NOT NULL {_one_of("answer", ANSWERS)},
        purpose TEXT NOT NULL {_one_of("purpose", PURPOSES)},
        page INTEGER,
        drawn TEXT NOT NULL,                -- how the image came to be shown
        user TEXT NOT NULL,
        time TEXT NOT NULL,
        decision_id INTEGER REFERENCES decision DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
    CREATE INDEX look_at_object ON look (object);
    CREATE INDEX look_for_node ON look (node_id);
    CREATE INDEX look_for_seed ON look (seed_id);
    """,
    f"""
    CREATE TABLE survey (                   -- objects put to a person, in an order that was fixed before
        survey_id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL {_one_of("kind", SURVEYS)},
        node_id INTEGER,                    -- the morph of a growth or an audit; it may be gone by now
        round INTEGER,                      -- of seeds
        target REAL NOT NULL CHECK (target > 0 AND target < 1),
        parameters TEXT NOT NULL,           -- JSON: what the order and the pages depend on
        objects BLOB NOT NULL,              -- int32, compressed
        nodes BLOB,                         -- int32, compressed: the morph that each is offered to, of bulk
        user TEXT NOT NULL,
        time TEXT NOT NULL
    ) STRICT;
    CREATE INDEX survey_of_node ON survey (node_id);

    ALTER TABLE decision ADD COLUMN survey_id INTEGER REFERENCES survey;
    CREATE INDEX decision_of_survey ON decision (survey_id) WHERE survey_id IS NOT NULL;

    CREATE TABLE frozen (                   -- the set that was to be certified from a decision on
        decision_id INTEGER PRIMARY KEY REFERENCES decision DEFERRABLE INITIALLY DEFERRED,
        objects BLOB NOT NULL               -- int32, compressed
    ) STRICT;

    CREATE TABLE bound (                    -- what a sample says of the objects that were not looked at
        bound_id INTEGER PRIMARY KEY,       -- that of its decision
        survey_id INTEGER NOT NULL REFERENCES survey,
        total INTEGER NOT NULL, looked INTEGER NOT NULL, wrong INTEGER NOT NULL, removed INTEGER NOT NULL,
        alpha REAL NOT NULL,                -- error probability that its test spent
        objects BLOB NOT NULL               -- those it speaks of: int32, compressed
    ) STRICT;
    """,
    """
    CREATE TABLE taxon (                    -- the lists of taxa that a person gave, to choose from
        taxon_id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,                 -- the last of its lineage: egg
        display_name TEXT NOT NULL,         -- unique in EcoTaxa: egg<Actinopterygii
        lineage TEXT NOT NULL,              -- from the root down, > between
        ecotaxa_id INTEGER UNIQUE, aphia_id INTEGER,
        taxon_type TEXT CHECK (taxon_type IN ('P', 'M')),   -- phylo, morpho
        rank TEXT,
        run_id INTEGER NOT NULL REFERENCES run
    ) STRICT;
    CREATE INDEX taxon_of_aphia ON taxon (aphia_id) WHERE aphia_id IS NOT NULL;
    CREATE INDEX taxon_by_display_name ON taxon (display_name COLLATE NOCASE);
    CREATE INDEX taxon_by_exact_name ON taxon (display_name);

    ALTER TABLE node ADD COLUMN taxon_type TEXT CHECK (taxon_type IN ('P', 'M'));
    """,
    """
    CREATE TABLE effort (                   -- what a person says of an acquisition, before any formula
        acquisition_id INTEGER PRIMARY KEY REFERENCES acquisition,
        subsample_coef REAL CHECK (subsample_coef > 0 AND subsample_coef <= 1),
        total_water_volume REAL CHECK (total_water_volume > 0),     -- m3
        decision_id INTEGER NOT NULL REFERENCES decision DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
    """,
)


def migrate(conn: sqlite3.Connection) -> None:
    """
    Bring the database to the newest schema.

    Raises
    ------
    ProjectError
        If the project was made by a newer version.
    """
    version = schema_version(conn)
    if version > len(MIGRATIONS):
        message = (
            f"This project was made by a newer morphoexplore (its schema is number {version}, this program knows "
            f"{len(MIGRATIONS)}). Update the program: pip install --upgrade morphoexplore"
        )
        raise ProjectError(message)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        try:
            conn.execute("BEGIN IMMEDIATE")
            if schema_version(conn) < number:  # another program may have been faster
                for statement in _statements(script):
                    conn.execute(statement)
                conn.execute(f"PRAGMA user_version = {number}")
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one, because ``executescript`` would commit what was begun."""
    statement = ""
    for piece in script.split(";")[:-1]:
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def schema_version(conn: sqlite3.Connection) -> int:
    """Return the number of the last migration that was applied."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])
