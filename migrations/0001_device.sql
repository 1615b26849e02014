-- What is this device's alone: settings, identity, routes, undo.
--
-- Every table here and in the later files: STRICT, so that a column holds what it says; ids are lower-case hyphenated UUIDs, times
-- RFC 3339 in UTC, flags 0 or 1, documents valid JSON.  Tables with a UUID `id` count their changes in `version` and stamp
-- `updated_at`, save while `sync_guard.applying` is 1: then a server's own numbers are written.
-- src/registry/ lists the same tables and columns; tests/schema.rs holds the two together.

CREATE TABLE sync_guard (
    id INTEGER PRIMARY KEY NOT NULL DEFAULT 1 CHECK (id BETWEEN 1 AND 1),
    applying INTEGER NOT NULL DEFAULT 0 CHECK (applying IN (0, 1)),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*')
) STRICT;
INSERT INTO sync_guard DEFAULT VALUES;

CREATE TABLE devices_self (
    id INTEGER PRIMARY KEY NOT NULL DEFAULT 1 CHECK (id BETWEEN 1 AND 1),
    device_id TEXT NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (device_id GLOB '????????-????-????-????-????????????' AND length(replace(device_id, '-', '')) = 32 AND device_id NOT GLOB '*[^-0-9a-f]*'),
    name TEXT,
    hlc TEXT CHECK (hlc GLOB '????????-????-????-????-????????????' AND length(replace(hlc, '-', '')) = 32 AND hlc NOT GLOB '*[^-0-9a-f]*'),
    clock_offset_secs REAL NOT NULL DEFAULT 0.0 CHECK (abs(clock_offset_secs) < 9e999),
    made_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (made_at GLOB '????-??-??T??:??:??*Z' AND julianday(made_at) IS NOT NULL)
) STRICT;
INSERT INTO devices_self DEFAULT VALUES;

CREATE TABLE settings (
    "key" TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- The Art-Net keys are the default route.
INSERT INTO settings (key, value) VALUES
    ('audio_output_enabled', 'true'),
    ('artnet_enabled', 'false'),
    ('artnet_interface', '0.0.0.0'),
    ('artnet_broadcast', 'false'),
    ('artnet_unicast_ip', ''),
    ('artnet_net', '0'),
    ('artnet_subnet', '0'),
    ('max_dimmer', '100');

CREATE TABLE output_routes (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    universe INTEGER NOT NULL CHECK (universe BETWEEN 1 AND 63999),
    protocol TEXT NOT NULL CHECK (protocol IN ('artnet', 'sacn')),
    target TEXT,
    port_address INTEGER CHECK (port_address BETWEEN 0 AND 63999),
    enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    priority INTEGER NOT NULL DEFAULT 100 CHECK (priority BETWEEN 0 AND 200),
    delay_ms INTEGER NOT NULL DEFAULT 0 CHECK (delay_ms BETWEEN 0 AND 10000),
    display_order INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE TRIGGER output_routes_updated_at AFTER UPDATE ON output_routes FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE output_routes SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE edit_history (
    seq INTEGER PRIMARY KEY NOT NULL,
    label TEXT NOT NULL,
    group_key TEXT,
    made_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (made_at GLOB '????-??-??T??:??:??*Z' AND julianday(made_at) IS NOT NULL),
    changes_json TEXT NOT NULL CHECK (json_valid(changes_json)),
    done INTEGER NOT NULL DEFAULT 1 CHECK (done IN (0, 1))
) STRICT;
