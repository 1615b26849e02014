-- What the LAN server keeps beside the rows it serves.

CREATE TABLE sync_meta (
    id INTEGER PRIMARY KEY NOT NULL DEFAULT 1 CHECK (id BETWEEN 1 AND 1),
    generation TEXT NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (generation GLOB '????????-????-????-????-????????????' AND length(replace(generation, '-', '')) = 32 AND generation NOT GLOB '*[^-0-9a-f]*'),
    schema INTEGER NOT NULL DEFAULT 1,
    rev INTEGER NOT NULL DEFAULT 0 CHECK (rev BETWEEN 0 AND 9000000000000000)
) STRICT;
INSERT INTO sync_meta DEFAULT VALUES;

CREATE TABLE sync_devices (
    device_id TEXT NOT NULL
        CHECK (device_id GLOB '????????-????-????-????-????????????' AND length(replace(device_id, '-', '')) = 32 AND device_id NOT GLOB '*[^-0-9a-f]*'),
    scope TEXT NOT NULL CHECK (length(scope) BETWEEN 1 AND 200),
    uid TEXT NOT NULL
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    acked_rev INTEGER NOT NULL DEFAULT 0 CHECK (acked_rev BETWEEN 0 AND 9000000000000000),
    seen_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (seen_at GLOB '????-??-??T??:??:??*Z' AND julianday(seen_at) IS NOT NULL),
    PRIMARY KEY (device_id, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_gc (
    scope TEXT PRIMARY KEY NOT NULL CHECK (length(scope) BETWEEN 1 AND 200),
    floor_rev INTEGER NOT NULL DEFAULT 0 CHECK (floor_rev BETWEEN 0 AND 9000000000000000)
) STRICT;

CREATE TABLE production_locks (
    production_id TEXT PRIMARY KEY NOT NULL REFERENCES productions (id) ON UPDATE CASCADE ON DELETE CASCADE,
    holder TEXT NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 1 CHECK (epoch BETWEEN 1 AND 9000000000000000),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??*Z' AND julianday(expires_at) IS NOT NULL)
) STRICT;

CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "at" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK ("at" GLOB '????-??-??T??:??:??*Z' AND julianday("at") IS NOT NULL),
    uid TEXT CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    device_id TEXT
        CHECK (device_id GLOB '????????-????-????-????-????????????' AND length(replace(device_id, '-', '')) = 32 AND device_id NOT GLOB '*[^-0-9a-f]*'),
    action TEXT NOT NULL,
    tbl TEXT,
    row_id TEXT,
    detail TEXT CHECK (json_valid(detail))
) STRICT;

CREATE TABLE storage_objects (
    bucket TEXT NOT NULL CHECK (length(bucket) BETWEEN 1 AND 200),
    path TEXT NOT NULL CHECK (length(path) BETWEEN 1 AND 1024),
    owner TEXT
        CHECK (owner GLOB '????????-????-????-????-????????????' AND length(replace(owner, '-', '')) = 32 AND owner NOT GLOB '*[^-0-9a-f]*'),
    sha256 TEXT NOT NULL CHECK (length(sha256) BETWEEN 1 AND 64),
    size INTEGER NOT NULL CHECK (size BETWEEN 0 AND 1000000000000000),
    content_type TEXT,
    metadata TEXT CHECK (json_valid(metadata)),
    made_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (made_at GLOB '????-??-??T??:??:??*Z' AND julianday(made_at) IS NOT NULL),
    PRIMARY KEY (bucket, path)
) STRICT, WITHOUT ROWID;
