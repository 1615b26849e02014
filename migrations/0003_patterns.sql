-- Patterns, their graphs, and what a venue plays by hand.
--
-- patterns.default_implementation_id is no foreign key: patterns and implementations would point at each other.  Null or dangling
-- means the oldest implementation.

CREATE TABLE pattern_categories (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (name)
) STRICT;
CREATE TRIGGER pattern_categories_updated_at AFTER UPDATE ON pattern_categories FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE pattern_categories SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE patterns (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description TEXT,
    category_id TEXT REFERENCES pattern_categories (id) ON UPDATE CASCADE ON DELETE SET NULL,
    default_implementation_id TEXT
        CHECK (default_implementation_id GLOB '????????-????-????-????-????????????' AND length(replace(default_implementation_id, '-', '')) = 32 AND default_implementation_id NOT GLOB '*[^-0-9a-f]*'),
    is_verified INTEGER NOT NULL DEFAULT 0 CHECK (is_verified IN (0, 1)),
    author_name TEXT,
    forked_from_id TEXT
        CHECK (forked_from_id GLOB '????????-????-????-????-????????????' AND length(replace(forked_from_id, '-', '')) = 32 AND forked_from_id NOT GLOB '*[^-0-9a-f]*'),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_patterns_category ON patterns (category_id);
CREATE TRIGGER patterns_updated_at AFTER UPDATE ON patterns FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE patterns SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE implementations (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    pattern_id TEXT NOT NULL REFERENCES patterns (id) ON UPDATE CASCADE ON DELETE CASCADE,
    name TEXT,
    graph_json TEXT NOT NULL DEFAULT '{"nodes":[],"edges":[]}' CHECK (json_valid(graph_json)),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_implementations_pattern ON implementations (pattern_id);
CREATE TRIGGER implementations_updated_at AFTER UPDATE ON implementations FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE implementations SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE venue_implementation_overrides (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    venue_id TEXT NOT NULL REFERENCES venues (id) ON UPDATE CASCADE ON DELETE CASCADE,
    pattern_id TEXT NOT NULL REFERENCES patterns (id) ON UPDATE CASCADE ON DELETE CASCADE,
    implementation_id TEXT NOT NULL REFERENCES implementations (id) ON UPDATE CASCADE ON DELETE CASCADE,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (venue_id, pattern_id)
) STRICT;
CREATE INDEX idx_venue_implementation_overrides_pattern ON venue_implementation_overrides (pattern_id);
CREATE INDEX idx_venue_implementation_overrides_implementation ON venue_implementation_overrides (implementation_id);
CREATE TRIGGER venue_implementation_overrides_updated_at AFTER UPDATE ON venue_implementation_overrides FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE venue_implementation_overrides SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE cues (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    venue_id TEXT NOT NULL REFERENCES venues (id) ON UPDATE CASCADE ON DELETE CASCADE,
    pattern_id TEXT NOT NULL REFERENCES patterns (id) ON UPDATE CASCADE ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    args_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(args_json)),
    z_index INTEGER NOT NULL DEFAULT 0,
    blend_mode TEXT NOT NULL DEFAULT 'replace'
        CHECK (blend_mode IN ('replace', 'add', 'subtract', 'multiply', 'screen', 'max', 'lighten', 'min', 'value')),
    bars REAL NOT NULL DEFAULT 4.0 CHECK (bars BETWEEN 0.25 AND 1024),
    mode TEXT NOT NULL DEFAULT 'toggle' CHECK (mode IN ('toggle', 'hold', 'shot')),
    color TEXT,
    display_order INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_cues_venue ON cues (venue_id);
CREATE INDEX idx_cues_pattern ON cues (pattern_id);
CREATE TRIGGER cues_updated_at AFTER UPDATE ON cues FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE cues SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE midi_bindings (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    venue_id TEXT NOT NULL REFERENCES venues (id) ON UPDATE CASCADE ON DELETE CASCADE,
    cue_id TEXT REFERENCES cues (id) ON UPDATE CASCADE ON DELETE CASCADE,
    input_json TEXT NOT NULL CHECK (json_valid(input_json)),
    action_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(action_json)),
    modifiers_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(modifiers_json)),
    display_order INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_midi_bindings_venue ON midi_bindings (venue_id);
CREATE INDEX idx_midi_bindings_cue ON midi_bindings (cue_id);
CREATE TRIGGER midi_bindings_updated_at AFTER UPDATE ON midi_bindings FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE midi_bindings SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;
