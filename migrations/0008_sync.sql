-- What sync knows: remotes, cursors, queues, conflicts, files on their way.

CREATE TABLE sync_remotes (
    remote TEXT PRIMARY KEY NOT NULL CHECK (length(remote) BETWEEN 1 AND 200),
    kind TEXT NOT NULL CHECK (kind IN ('cloud', 'lan')),
    url TEXT,
    server_id TEXT,
    generation TEXT,
    tls_pin TEXT,
    schema INTEGER
) STRICT;

-- Until it is set up the cloud only collects operations, so that what is made before is sent then.
INSERT INTO sync_remotes (remote, kind) VALUES ('cloud', 'cloud');
CREATE TRIGGER sync_remotes_keep_cloud BEFORE DELETE ON sync_remotes FOR EACH ROW WHEN OLD.remote = 'cloud'
BEGIN
    SELECT RAISE(ABORT, 'the remote cloud stays: it holds what has not been sent');
END;

CREATE TABLE sync_scopes (
    remote TEXT NOT NULL REFERENCES sync_remotes (remote) ON UPDATE CASCADE ON DELETE CASCADE,
    uid TEXT NOT NULL
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    scope TEXT NOT NULL CHECK (length(scope) BETWEEN 1 AND 200),
    "cursor" INTEGER NOT NULL DEFAULT 0 CHECK ("cursor" BETWEEN 0 AND 9000000000000000),
    staged_to INTEGER,
    role TEXT,
    PRIMARY KEY (remote, uid, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_rows (
    remote TEXT NOT NULL REFERENCES sync_remotes (remote) ON UPDATE CASCADE ON DELETE CASCADE,
    tbl TEXT NOT NULL,
    row_id TEXT NOT NULL,
    ver TEXT CHECK (ver GLOB '????????-????-????-????-????????????' AND length(replace(ver, '-', '')) = 32 AND ver NOT GLOB '*[^-0-9a-f]*'),
    rev INTEGER,
    version INTEGER,
    updated_by TEXT
        CHECK (updated_by GLOB '????????-????-????-????-????????????' AND length(replace(updated_by, '-', '')) = 32 AND updated_by NOT GLOB '*[^-0-9a-f]*'),
    image TEXT CHECK (json_valid(image)),
    synced_at TEXT CHECK (synced_at IS NULL OR synced_at GLOB '????-??-??T??:??:??*Z' AND julianday(synced_at) IS NOT NULL),
    PRIMARY KEY (remote, tbl, row_id)
) STRICT, WITHOUT ROWID;

-- What is to be sent.  Triggers write here with every change: the key begins with what differs most, and what the triggers copy from
-- checked columns is not checked again.
CREATE TABLE pending_ops (
    remote TEXT NOT NULL,
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    tbl TEXT NOT NULL,
    row_id TEXT NOT NULL,
    op TEXT NOT NULL CHECK (op IN ('insert', 'update', 'delete', 'none')),
    seq INTEGER NOT NULL DEFAULT 1 CHECK (seq BETWEEN 1 AND 9000000000000000),
    base TEXT,
    ver TEXT,
    state TEXT NOT NULL DEFAULT 'ready'
        CHECK (state IN ('ready', 'inflight', 'blocked:parent', 'blocked:schema', 'blocked:locked', 'blocked:auth', 'quarantined')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 9000000000000000),
    next_at TEXT CHECK (next_at IS NULL OR next_at GLOB '????-??-??T??:??:??*Z' AND julianday(next_at) IS NOT NULL),
    err TEXT,
    PRIMARY KEY (row_id, tbl, remote)
) STRICT;
CREATE TRIGGER sync_remotes_clear_queue AFTER DELETE ON sync_remotes FOR EACH ROW
BEGIN
    DELETE FROM pending_ops WHERE remote = OLD.remote;
END;
CREATE TRIGGER sync_remotes_move_queue AFTER UPDATE OF remote ON sync_remotes FOR EACH ROW WHEN OLD.remote <> NEW.remote
BEGIN
    UPDATE pending_ops SET remote = NEW.remote WHERE remote = OLD.remote;
END;

CREATE TABLE sent_ops (
    remote TEXT NOT NULL REFERENCES sync_remotes (remote) ON UPDATE CASCADE ON DELETE CASCADE,
    tbl TEXT NOT NULL,
    row_id TEXT NOT NULL,
    ver TEXT NOT NULL
        CHECK (ver GLOB '????????-????-????-????-????????????' AND length(replace(ver, '-', '')) = 32 AND ver NOT GLOB '*[^-0-9a-f]*'),
    seq INTEGER NOT NULL CHECK (seq BETWEEN 1 AND 9000000000000000),
    op TEXT NOT NULL CHECK (op IN ('insert', 'update', 'delete')),
    image TEXT NOT NULL CHECK (json_valid(image)),
    sent_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (sent_at GLOB '????-??-??T??:??:??*Z' AND julianday(sent_at) IS NOT NULL),
    PRIMARY KEY (remote, tbl, row_id, ver)
) STRICT;

CREATE TABLE sync_inbox (
    remote TEXT NOT NULL REFERENCES sync_remotes (remote) ON UPDATE CASCADE ON DELETE CASCADE,
    uid TEXT NOT NULL
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    scope TEXT NOT NULL,
    rev INTEGER NOT NULL CHECK (rev BETWEEN 0 AND 9000000000000000),
    tbl TEXT NOT NULL,
    row_id TEXT NOT NULL,
    row TEXT NOT NULL CHECK (json_valid(row)),
    staged_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (staged_at GLOB '????-??-??T??:??:??*Z' AND julianday(staged_at) IS NOT NULL),
    PRIMARY KEY (remote, uid, scope, rev)
) STRICT;

CREATE TABLE sync_conflicts (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    remote TEXT NOT NULL DEFAULT 'cloud',
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    table_name TEXT NOT NULL,
    record_id TEXT NOT NULL,
    cloud_version INTEGER,
    local_version INTEGER,
    cloud_data TEXT CHECK (json_valid(cloud_data)),
    local_data TEXT CHECK (json_valid(local_data)),
    base_data TEXT CHECK (json_valid(base_data)),
    fields TEXT CHECK (json_valid(fields)),
    cloud_updated_at TEXT CHECK (cloud_updated_at IS NULL OR cloud_updated_at GLOB '????-??-??T??:??:??*Z' AND julianday(cloud_updated_at) IS NOT NULL),
    local_updated_at TEXT CHECK (local_updated_at IS NULL OR local_updated_at GLOB '????-??-??T??:??:??*Z' AND julianday(local_updated_at) IS NOT NULL),
    resolution TEXT DEFAULT 'pending' CHECK (resolution IN ('pending', 'cloud_wins', 'local_wins', 'merged', 'manual')),
    resolved_at TEXT CHECK (resolved_at IS NULL OR resolved_at GLOB '????-??-??T??:??:??*Z' AND julianday(resolved_at) IS NOT NULL),
    resolved_by TEXT
        CHECK (resolved_by GLOB '????????-????-????-????-????????????' AND length(replace(resolved_by, '-', '')) = 32 AND resolved_by NOT GLOB '*[^-0-9a-f]*'),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE TRIGGER sync_conflicts_updated_at AFTER UPDATE ON sync_conflicts FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE sync_conflicts SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE sync_log (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    remote TEXT NOT NULL DEFAULT 'cloud',
    sync_direction TEXT CHECK (sync_direction IN ('upload', 'download', 'bidirectional')),
    started_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (started_at IS NULL OR started_at GLOB '????-??-??T??:??:??*Z' AND julianday(started_at) IS NOT NULL),
    completed_at TEXT CHECK (completed_at IS NULL OR completed_at GLOB '????-??-??T??:??:??*Z' AND julianday(completed_at) IS NOT NULL),
    status TEXT CHECK (status IN ('started', 'completed', 'failed', 'partial')),
    records_synced INTEGER DEFAULT 0,
    conflicts_detected INTEGER DEFAULT 0,
    errors TEXT CHECK (json_valid(errors)),
    server_id TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE TRIGGER sync_log_updated_at AFTER UPDATE ON sync_log FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE sync_log SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE file_objects (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    kind TEXT NOT NULL CHECK (kind IN ('track_audio', 'artwork_thumb', 'analysis_package', 'stem', 'asset', 'render_artifact')),
    track_id TEXT REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    asset_id TEXT REFERENCES assets (id) ON UPDATE CASCADE ON DELETE CASCADE,
    sha256 TEXT NOT NULL CHECK (length(sha256) BETWEEN 1 AND 64),
    size INTEGER NOT NULL CHECK (size BETWEEN 0 AND 1000000000000000),
    bucket TEXT NOT NULL CHECK (length(bucket) BETWEEN 1 AND 200),
    path TEXT NOT NULL CHECK (length(path) BETWEEN 1 AND 1024),
    parts INTEGER NOT NULL DEFAULT 1 CHECK (parts BETWEEN 1 AND 100000),
    state TEXT NOT NULL DEFAULT 'remote' CHECK (state IN ('remote', 'partial', 'gone')),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (bucket, path)
) STRICT;
CREATE INDEX idx_file_objects_track ON file_objects (track_id);
CREATE INDEX idx_file_objects_asset ON file_objects (asset_id);
CREATE TRIGGER file_objects_updated_at AFTER UPDATE ON file_objects FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE file_objects SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE file_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    remote TEXT NOT NULL DEFAULT 'cloud' REFERENCES sync_remotes (remote) ON UPDATE CASCADE ON DELETE CASCADE,
    direction TEXT NOT NULL DEFAULT 'up' CHECK (direction IN ('up', 'down')),
    upload_type TEXT NOT NULL CHECK (upload_type IN ('track_audio', 'artwork_thumb', 'analysis_package', 'stem', 'asset')),
    track_id TEXT REFERENCES tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    asset_id TEXT REFERENCES assets (id) ON UPDATE CASCADE ON DELETE CASCADE,
    local_path TEXT,
    storage_path TEXT,
    file_size INTEGER CHECK (file_size BETWEEN 0 AND 1000000000000000),
    bytes_uploaded INTEGER NOT NULL DEFAULT 0 CHECK (bytes_uploaded BETWEEN 0 AND 9000000000000000),
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('waiting_inputs', 'pending', 'uploading', 'completed', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 9000000000000000),
    last_error TEXT,
    priority INTEGER NOT NULL DEFAULT 2 CHECK (priority BETWEEN 1 AND 9),
    sha256 TEXT CHECK (length(sha256) BETWEEN 1 AND 64),
    tus_url TEXT,
    tus_expires TEXT CHECK (tus_expires IS NULL OR tus_expires GLOB '????-??-??T??:??:??*Z' AND julianday(tus_expires) IS NOT NULL),
    device TEXT
        CHECK (device GLOB '????????-????-????-????-????????????' AND length(replace(device, '-', '')) = 32 AND device NOT GLOB '*[^-0-9a-f]*'),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at GLOB '????-??-??T??:??:??*Z' AND julianday(created_at) IS NOT NULL),
    completed_at TEXT CHECK (completed_at IS NULL OR completed_at GLOB '????-??-??T??:??:??*Z' AND julianday(completed_at) IS NOT NULL)
) STRICT;
CREATE INDEX idx_file_queue_remote ON file_queue (remote);
CREATE INDEX idx_file_queue_track ON file_queue (track_id);
CREATE INDEX idx_file_queue_asset ON file_queue (asset_id);
CREATE INDEX idx_file_queue_next ON file_queue (status, priority, created_at);

CREATE TABLE file_parts (
    file_id INTEGER NOT NULL REFERENCES file_queue (id) ON UPDATE CASCADE ON DELETE CASCADE,
    part INTEGER NOT NULL CHECK (part BETWEEN 0 AND 100000),
    "offset" INTEGER NOT NULL CHECK ("offset" BETWEEN 0 AND 1000000000000000),
    size INTEGER NOT NULL CHECK (size BETWEEN 0 AND 1000000000000000),
    sha256 TEXT CHECK (length(sha256) BETWEEN 1 AND 64),
    tus_url TEXT,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'uploading', 'completed', 'failed')),
    PRIMARY KEY (file_id, part)
) STRICT, WITHOUT ROWID;
