-- Projects: sets being assembled, the assets they use, the steps that render them.

CREATE TABLE projects (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    bpm INTEGER NOT NULL DEFAULT 120 CHECK (bpm BETWEEN 1 AND 1000),
    time_signature_num INTEGER NOT NULL DEFAULT 4 CHECK (time_signature_num BETWEEN 1 AND 64),
    time_signature_denom INTEGER NOT NULL DEFAULT 4 CHECK (time_signature_denom BETWEEN 1 AND 64),
    key_root TEXT,
    scale_type TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (uid, name)
) STRICT;
CREATE TRIGGER projects_updated_at AFTER UPDATE ON projects FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE projects SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE assets (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    file_hash TEXT NOT NULL CHECK (length(file_hash) BETWEEN 1 AND 128),
    format TEXT,
    size_bytes INTEGER CHECK (size_bytes BETWEEN 0 AND 1000000000000000),
    duration REAL CHECK (duration BETWEEN 0 AND 1000000),
    sample_rate INTEGER CHECK (sample_rate BETWEEN 1 AND 1000000),
    channels INTEGER CHECK (channels BETWEEN 1 AND 1024),
    metadata TEXT CHECK (json_valid(metadata)),
    last_scanned TEXT CHECK (last_scanned IS NULL OR last_scanned GLOB '????-??-??T??:??:??*Z' AND julianday(last_scanned) IS NOT NULL),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (uid, file_hash)
) STRICT;
CREATE TRIGGER assets_updated_at AFTER UPDATE ON assets FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE assets SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE asset_locations (
    device_id TEXT NOT NULL
        CHECK (device_id GLOB '????????-????-????-????-????????????' AND length(replace(device_id, '-', '')) = 32 AND device_id NOT GLOB '*[^-0-9a-f]*'),
    path TEXT NOT NULL CHECK (length(path) BETWEEN 1 AND 32768),
    asset_id TEXT NOT NULL REFERENCES assets (id) ON UPDATE CASCADE ON DELETE CASCADE,
    seen_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (seen_at GLOB '????-??-??T??:??:??*Z' AND julianday(seen_at) IS NOT NULL),
    PRIMARY KEY (device_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_asset_locations_asset ON asset_locations (asset_id);

CREATE TABLE project_tracks (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    project_id TEXT NOT NULL REFERENCES projects (id) ON UPDATE CASCADE ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    type TEXT NOT NULL CHECK (type IN ('AUDIO', 'MIDI')),
    gain_db REAL NOT NULL DEFAULT 0.0 CHECK (abs(gain_db) < 9e999),
    pan REAL NOT NULL DEFAULT 0.0 CHECK (pan BETWEEN -1 AND 1),
    "index" INTEGER NOT NULL DEFAULT 0,
    color TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_project_tracks_project ON project_tracks (project_id);
CREATE TRIGGER project_tracks_updated_at AFTER UPDATE ON project_tracks FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE project_tracks SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE clips (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    track_id TEXT NOT NULL REFERENCES project_tracks (id) ON UPDATE CASCADE ON DELETE CASCADE,
    asset_id TEXT REFERENCES assets (id) ON UPDATE CASCADE ON DELETE SET NULL,
    start_time REAL NOT NULL CHECK (start_time BETWEEN 0 AND 1000000),
    duration REAL NOT NULL CHECK (duration BETWEEN 0 AND 1000000),
    "offset" REAL NOT NULL DEFAULT 0.0 CHECK ("offset" BETWEEN 0 AND 1000000),
    name TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_clips_track ON clips (track_id);
CREATE INDEX idx_clips_asset ON clips (asset_id);
CREATE TRIGGER clips_updated_at AFTER UPDATE ON clips FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE clips SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE analysis_cache (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    asset_id TEXT NOT NULL REFERENCES assets (id) ON UPDATE CASCADE ON DELETE CASCADE,
    method TEXT NOT NULL CHECK (length(method) BETWEEN 1 AND 200),
    result_json TEXT NOT NULL CHECK (json_valid(result_json)),
    processor_version INTEGER NOT NULL DEFAULT 1 CHECK (processor_version BETWEEN 0 AND 1000000000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (asset_id, method)
) STRICT;
CREATE TRIGGER analysis_cache_updated_at AFTER UPDATE ON analysis_cache FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE analysis_cache SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE render_jobs (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    project_id TEXT NOT NULL REFERENCES projects (id) ON UPDATE CASCADE ON DELETE CASCADE,
    status TEXT NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_render_jobs_project ON render_jobs (project_id);
CREATE TRIGGER render_jobs_updated_at AFTER UPDATE ON render_jobs FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE render_jobs SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE render_nodes (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    job_id TEXT NOT NULL REFERENCES render_jobs (id) ON UPDATE CASCADE ON DELETE CASCADE,
    type TEXT NOT NULL,
    input_hash TEXT NOT NULL CHECK (length(input_hash) BETWEEN 1 AND 128),
    output_path TEXT,
    status TEXT NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_render_nodes_job ON render_nodes (job_id);
CREATE INDEX idx_render_nodes_input_hash ON render_nodes (input_hash);
CREATE TRIGGER render_nodes_updated_at AFTER UPDATE ON render_nodes FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE render_nodes SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE render_edges (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    from_node_id TEXT NOT NULL REFERENCES render_nodes (id) ON UPDATE CASCADE ON DELETE CASCADE,
    to_node_id TEXT NOT NULL REFERENCES render_nodes (id) ON UPDATE CASCADE ON DELETE CASCADE,
    type TEXT NOT NULL DEFAULT 'data_flow',
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_render_edges_from_node ON render_edges (from_node_id);
CREATE INDEX idx_render_edges_to_node ON render_edges (to_node_id);
CREATE TRIGGER render_edges_updated_at AFTER UPDATE ON render_edges FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE render_edges SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

-- A step that waits for itself would never run.
CREATE TRIGGER render_edges_acyclic_insert BEFORE INSERT ON render_edges FOR EACH ROW
BEGIN
    SELECT RAISE(ABORT, 'render_edges: this edge would close a loop')
    WHERE EXISTS (
        WITH RECURSIVE after (node) AS (
            SELECT NEW.to_node_id UNION SELECT e.to_node_id FROM render_edges AS e JOIN after ON e.from_node_id = after.node
        )
        SELECT 1 FROM after WHERE node = NEW.from_node_id
    );
END;
CREATE TRIGGER render_edges_acyclic_update AFTER UPDATE OF from_node_id, to_node_id ON render_edges FOR EACH ROW
BEGIN
    SELECT RAISE(ABORT, 'render_edges: this edge would close a loop')
    WHERE EXISTS (
        WITH RECURSIVE after (node) AS (
            SELECT NEW.to_node_id UNION SELECT e.to_node_id FROM render_edges AS e JOIN after ON e.from_node_id = after.node
        )
        SELECT 1 FROM after WHERE node = NEW.from_node_id
    );
END;

CREATE TABLE render_artifacts (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    node_id TEXT NOT NULL REFERENCES render_nodes (id) ON UPDATE CASCADE ON DELETE CASCADE,
    path TEXT NOT NULL DEFAULT '',
    hash TEXT NOT NULL CHECK (length(hash) BETWEEN 1 AND 128),
    size_bytes INTEGER NOT NULL CHECK (size_bytes BETWEEN 0 AND 1000000000000000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_render_artifacts_node ON render_artifacts (node_id);
CREATE TRIGGER render_artifacts_updated_at AFTER UPDATE ON render_artifacts FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE render_artifacts SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;
