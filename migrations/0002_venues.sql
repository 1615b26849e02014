-- Rooms: who may enter, what hangs there, how heads are grouped.

CREATE TABLE profiles (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    display_name TEXT,
    email TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE TRIGGER profiles_updated_at AFTER UPDATE ON profiles FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE profiles SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE venues (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description TEXT,
    scenery_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(scenery_json)),
    settings_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings_json)),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE TRIGGER venues_updated_at AFTER UPDATE ON venues FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE venues SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE venue_memberships (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    venue_id TEXT NOT NULL REFERENCES venues (id) ON UPDATE CASCADE ON DELETE CASCADE,
    user_id TEXT NOT NULL
        CHECK (user_id GLOB '????????-????-????-????-????????????' AND length(replace(user_id, '-', '')) = 32 AND user_id NOT GLOB '*[^-0-9a-f]*'),
    role TEXT NOT NULL DEFAULT 'viewer' CHECK (role IN ('owner', 'editor', 'viewer', 'server')),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (venue_id, user_id)
) STRICT;
CREATE TRIGGER venue_memberships_updated_at AFTER UPDATE ON venue_memberships FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE venue_memberships SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE fixture_definitions (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('qxf', 'ofl', 'gdtf')),
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) BETWEEN 1 AND 64),
    content BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (uid, sha256)
) STRICT;
CREATE TRIGGER fixture_definitions_updated_at AFTER UPDATE ON fixture_definitions FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE fixture_definitions SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE fixtures (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    venue_id TEXT NOT NULL REFERENCES venues (id) ON UPDATE CASCADE ON DELETE CASCADE,
    universe INTEGER NOT NULL DEFAULT 1 CHECK (universe BETWEEN 1 AND 63999),
    address INTEGER NOT NULL CHECK (address BETWEEN 1 AND 512),
    num_channels INTEGER NOT NULL CHECK (num_channels BETWEEN 0 AND 65535),
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    mode_name TEXT NOT NULL,
    fixture_path TEXT NOT NULL,
    label TEXT,
    pos_x REAL DEFAULT 0.0 CHECK (abs(pos_x) < 9e999),
    pos_y REAL DEFAULT 0.0 CHECK (abs(pos_y) < 9e999),
    pos_z REAL DEFAULT 0.0 CHECK (abs(pos_z) < 9e999),
    rot_x REAL DEFAULT 0.0 CHECK (abs(rot_x) < 9e999),
    rot_y REAL DEFAULT 0.0 CHECK (abs(rot_y) < 9e999),
    rot_z REAL DEFAULT 0.0 CHECK (abs(rot_z) < 9e999),
    definition_sha256 TEXT,
    invert_pan INTEGER NOT NULL DEFAULT 0 CHECK (invert_pan IN (0, 1)),
    invert_tilt INTEGER NOT NULL DEFAULT 0 CHECK (invert_tilt IN (0, 1)),
    swap_pan_tilt INTEGER NOT NULL DEFAULT 0 CHECK (swap_pan_tilt IN (0, 1)),
    pan_offset_deg REAL NOT NULL DEFAULT 0.0 CHECK (abs(pan_offset_deg) < 9e999),
    tilt_offset_deg REAL NOT NULL DEFAULT 0.0 CHECK (abs(tilt_offset_deg) < 9e999),
    limits_json TEXT CHECK (json_valid(limits_json)),
    dimmer_curve TEXT NOT NULL DEFAULT 'linear' CHECK (dimmer_curve IN ('linear', 'square', 's_curve', 'inverse_square')),
    max_level REAL NOT NULL DEFAULT 1.0 CHECK (max_level BETWEEN 0 AND 1),
    breaks_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(breaks_json)),
    mvr_uuid TEXT
        CHECK (mvr_uuid GLOB '????????-????-????-????-????????????' AND length(replace(mvr_uuid, '-', '')) = 32 AND mvr_uuid NOT GLOB '*[^-0-9a-f]*'),
    fixture_number TEXT,
    unit_number INTEGER,
    display_order INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    -- A fixture ends within its universe; one with further breaks counts the channels of all.
    CHECK (address + num_channels - 1 <= 512 OR breaks_json <> '[]')
) STRICT;
CREATE INDEX idx_fixtures_venue ON fixtures (venue_id);
CREATE INDEX idx_fixtures_universe ON fixtures (universe);
CREATE TRIGGER fixtures_updated_at AFTER UPDATE ON fixtures FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE fixtures SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE fixture_groups (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    venue_id TEXT NOT NULL REFERENCES venues (id) ON UPDATE CASCADE ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    axis_lr REAL CHECK (abs(axis_lr) < 9e999),
    axis_fb REAL CHECK (abs(axis_fb) < 9e999),
    axis_ab REAL CHECK (abs(axis_ab) < 9e999),
    tags_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags_json)),
    movement_config TEXT CHECK (json_valid(movement_config)),
    purpose TEXT,
    display_order INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (venue_id, name)
) STRICT;
CREATE TRIGGER fixture_groups_updated_at AFTER UPDATE ON fixture_groups FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE fixture_groups SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE fixture_group_members (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    group_id TEXT NOT NULL REFERENCES fixture_groups (id) ON UPDATE CASCADE ON DELETE CASCADE,
    fixture_id TEXT NOT NULL REFERENCES fixtures (id) ON UPDATE CASCADE ON DELETE CASCADE,
    head_idx INTEGER CHECK (head_idx BETWEEN 0 AND 65535),
    display_order INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_fixture_group_members_group ON fixture_group_members (group_id);
CREATE INDEX idx_fixture_group_members_fixture ON fixture_group_members (fixture_id);
CREATE TRIGGER fixture_group_members_updated_at AFTER UPDATE ON fixture_group_members FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE fixture_group_members SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE midi_modifiers (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    venue_id TEXT NOT NULL REFERENCES venues (id) ON UPDATE CASCADE ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    input_json TEXT NOT NULL CHECK (json_valid(input_json)),
    display_order INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_midi_modifiers_venue ON midi_modifiers (venue_id);
CREATE TRIGGER midi_modifiers_updated_at AFTER UPDATE ON midi_modifiers FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE midi_modifiers SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;
