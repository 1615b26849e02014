-- Scores, their annotations, and named versions.

CREATE TABLE scores (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    venue_id TEXT REFERENCES venues (id) ON UPDATE CASCADE ON DELETE SET NULL,
    name TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_scores_track ON scores (track_id);
CREATE INDEX idx_scores_venue ON scores (venue_id);
CREATE TRIGGER scores_updated_at AFTER UPDATE ON scores FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE scores SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE track_scores (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    score_id TEXT NOT NULL REFERENCES scores (id) ON UPDATE CASCADE ON DELETE CASCADE,
    pattern_id TEXT NOT NULL REFERENCES patterns (id) ON UPDATE CASCADE ON DELETE CASCADE,
    start_time REAL NOT NULL CHECK (abs(start_time) < 9e999),
    end_time REAL NOT NULL CHECK (abs(end_time) < 9e999),
    z_index INTEGER NOT NULL DEFAULT 0,
    blend_mode TEXT NOT NULL DEFAULT 'replace'
        CHECK (blend_mode IN ('replace', 'add', 'subtract', 'multiply', 'screen', 'max', 'lighten', 'min', 'value')),
    args_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(args_json)),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    CHECK (end_time > start_time)
) STRICT;
CREATE INDEX idx_score_annotations_score ON track_scores (score_id);
CREATE INDEX idx_track_scores_pattern ON track_scores (pattern_id);
CREATE TRIGGER track_scores_updated_at AFTER UPDATE ON track_scores FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE track_scores SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE named_versions (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    subject_table TEXT NOT NULL CHECK (subject_table IN ('venues', 'scores', 'patterns')),
    subject_id TEXT NOT NULL
        CHECK (subject_id GLOB '????????-????-????-????-????????????' AND length(replace(subject_id, '-', '')) = 32 AND subject_id NOT GLOB '*[^-0-9a-f]*'),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    note TEXT,
    content_json TEXT NOT NULL CHECK (json_valid(content_json)),
    saved_at TEXT NOT NULL CHECK (saved_at GLOB '????-??-??T??:??:??*Z' AND julianday(saved_at) IS NOT NULL),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE TRIGGER named_versions_updated_at AFTER UPDATE ON named_versions FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE named_versions SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;
