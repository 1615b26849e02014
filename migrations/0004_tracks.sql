-- Tracks, what people marked in them, what analysis found.

CREATE TABLE tracks (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_hash TEXT NOT NULL CHECK (length(track_hash) BETWEEN 1 AND 128),
    title TEXT,
    artist TEXT,
    album TEXT,
    track_number INTEGER,
    disc_number INTEGER,
    duration_seconds REAL CHECK (duration_seconds BETWEEN 0 AND 1000000),
    bpm REAL CHECK (bpm BETWEEN 0 AND 1000),
    musical_key TEXT,
    file_path TEXT NOT NULL DEFAULT '',
    storage_path TEXT,
    album_art_path TEXT,
    album_art_mime TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (uid, track_hash)
) STRICT;
CREATE TRIGGER tracks_updated_at AFTER UPDATE ON tracks FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE tracks SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_markers (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    time REAL NOT NULL CHECK (time BETWEEN 0 AND 1000000),
    label TEXT,
    color TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_track_markers_track ON track_markers (track_id);
CREATE TRIGGER track_markers_updated_at AFTER UPDATE ON track_markers FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_markers SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_grid_edits (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    edits_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(edits_json)),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (track_id)
) STRICT;
CREATE TRIGGER track_grid_edits_updated_at AFTER UPDATE ON track_grid_edits FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_grid_edits SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_beats (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    beats_json TEXT NOT NULL CHECK (json_valid(beats_json)),
    downbeats_json TEXT NOT NULL CHECK (json_valid(downbeats_json)),
    bpm REAL CHECK (bpm BETWEEN 0 AND 1000),
    downbeat_offset REAL CHECK (abs(downbeat_offset) < 9e999),
    beats_per_bar INTEGER CHECK (beats_per_bar BETWEEN 1 AND 64),
    logits_path TEXT,
    processor_version INTEGER NOT NULL DEFAULT 1 CHECK (processor_version BETWEEN 0 AND 1000000000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (track_id)
) STRICT;
CREATE TRIGGER track_beats_updated_at AFTER UPDATE ON track_beats FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_beats SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_roots (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    sections_json TEXT NOT NULL CHECK (json_valid(sections_json)),
    logits_path TEXT,
    processor_version INTEGER NOT NULL DEFAULT 1 CHECK (processor_version BETWEEN 0 AND 1000000000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (track_id)
) STRICT;
CREATE TRIGGER track_roots_updated_at AFTER UPDATE ON track_roots FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_roots SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_waveforms (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    preview_samples BLOB NOT NULL,
    preview_colors BLOB,
    preview_bands BLOB,
    full_samples BLOB,
    colors BLOB,
    bands BLOB,
    sample_rate INTEGER NOT NULL CHECK (sample_rate BETWEEN 1 AND 1000000),
    processor_version INTEGER NOT NULL DEFAULT 1 CHECK (processor_version BETWEEN 0 AND 1000000000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (track_id)
) STRICT;
CREATE TRIGGER track_waveforms_updated_at AFTER UPDATE ON track_waveforms FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_waveforms SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_stems (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    stem_name TEXT NOT NULL CHECK (length(stem_name) BETWEEN 1 AND 64),
    file_path TEXT NOT NULL DEFAULT '',
    storage_path TEXT,
    processor_version INTEGER NOT NULL DEFAULT 1 CHECK (processor_version BETWEEN 0 AND 1000000000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (track_id, stem_name)
) STRICT;
CREATE TRIGGER track_stems_updated_at AFTER UPDATE ON track_stems FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_stems SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_drum_onsets (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    onsets_json TEXT NOT NULL CHECK (json_valid(onsets_json)),
    processor_version INTEGER NOT NULL DEFAULT 1 CHECK (processor_version BETWEEN 0 AND 1000000000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (track_id)
) STRICT;
CREATE TRIGGER track_drum_onsets_updated_at AFTER UPDATE ON track_drum_onsets FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_drum_onsets SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_bar_classifications (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    classifications_json TEXT NOT NULL CHECK (json_valid(classifications_json)),
    processor_version INTEGER NOT NULL DEFAULT 1 CHECK (processor_version BETWEEN 0 AND 1000000000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (track_id)
) STRICT;
CREATE TRIGGER track_bar_classifications_updated_at AFTER UPDATE ON track_bar_classifications FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_bar_classifications SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE preprocessing_failures (
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    processor TEXT NOT NULL CHECK (length(processor) BETWEEN 1 AND 200),
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 1 CHECK (attempts BETWEEN 1 AND 1000000000),
    failed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (failed_at GLOB '????-??-??T??:??:??*Z' AND julianday(failed_at) IS NOT NULL),
    PRIMARY KEY (track_id, processor)
) STRICT, WITHOUT ROWID;
