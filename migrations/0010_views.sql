-- Tables of the seeds under the names they have there.  What is written to a view is written to its table.

-- The first schema's annotations are track_scores.
CREATE VIEW score_annotations AS
SELECT t.id, s.row_id AS remote_id, t.score_id, t.pattern_id, t.start_time, t.end_time, t.z_index, t.blend_mode, t.args_json,
    t.created_at, t.updated_at, t.version, s.synced_at
FROM track_scores AS t
LEFT JOIN sync_rows AS s ON s.remote = 'cloud' AND s.tbl = 'track_scores' AND s.row_id = t.id;

CREATE TRIGGER score_annotations_insert INSTEAD OF INSERT ON score_annotations FOR EACH ROW
BEGIN
    INSERT INTO track_scores (score_id, pattern_id, start_time, end_time, z_index, blend_mode, args_json)
    SELECT NEW.score_id, NEW.pattern_id, NEW.start_time, NEW.end_time,
        coalesce(NEW.z_index, 0), coalesce(NEW.blend_mode, 'replace'), coalesce(NEW.args_json, '{}')
    WHERE NEW.id IS NULL;
    INSERT INTO track_scores (id, score_id, pattern_id, start_time, end_time, z_index, blend_mode, args_json)
    SELECT NEW.id, NEW.score_id, NEW.pattern_id, NEW.start_time, NEW.end_time,
        coalesce(NEW.z_index, 0), coalesce(NEW.blend_mode, 'replace'), coalesce(NEW.args_json, '{}')
    WHERE NEW.id IS NOT NULL;
END;
-- The table's own trigger counts and stamps.
CREATE TRIGGER score_annotations_updated_at INSTEAD OF UPDATE ON score_annotations FOR EACH ROW
BEGIN
    UPDATE track_scores SET id = NEW.id, score_id = NEW.score_id, pattern_id = NEW.pattern_id, start_time = NEW.start_time,
        end_time = NEW.end_time, z_index = NEW.z_index, blend_mode = NEW.blend_mode, args_json = NEW.args_json
    WHERE id = OLD.id;
END;
CREATE TRIGGER score_annotations_delete INSTEAD OF DELETE ON score_annotations FOR EACH ROW
BEGIN
    DELETE FROM track_scores WHERE id = OLD.id;
END;

CREATE VIEW categories AS
SELECT t.id, s.row_id AS remote_id, t.name, t.created_at, t.updated_at, t.version, s.synced_at, p.row_id IS NOT NULL AS needs_sync
FROM pattern_categories AS t
LEFT JOIN sync_rows AS s ON s.remote = 'cloud' AND s.tbl = 'pattern_categories' AND s.row_id = t.id
LEFT JOIN pending_ops AS p ON p.remote = 'cloud' AND p.tbl = 'pattern_categories' AND p.row_id = t.id;

-- The id is made of the name (UUIDv5), so it must be given.
CREATE TRIGGER categories_insert INSTEAD OF INSERT ON categories FOR EACH ROW
BEGIN
    INSERT INTO pattern_categories (id, name) VALUES (NEW.id, NEW.name);
END;
CREATE TRIGGER categories_update INSTEAD OF UPDATE ON categories FOR EACH ROW
BEGIN
    UPDATE pattern_categories SET id = NEW.id, name = NEW.name WHERE id = OLD.id;
END;
CREATE TRIGGER categories_delete INSTEAD OF DELETE ON categories FOR EACH ROW
BEGIN
    DELETE FROM pattern_categories WHERE id = OLD.id;
END;

-- A package whose inputs are not all there yet is pending too, as the seed has it.
CREATE VIEW storage_sync_queue AS
SELECT id, upload_type, track_id, local_path, storage_path, file_size, bytes_uploaded,
    iif(status = 'waiting_inputs', 'pending', status) AS status, attempts, last_error, priority, created_at, completed_at
FROM file_queue
WHERE direction = 'up';

CREATE TRIGGER storage_sync_queue_insert INSTEAD OF INSERT ON storage_sync_queue FOR EACH ROW
BEGIN
    INSERT INTO file_queue (id, upload_type, track_id, local_path, storage_path, file_size, bytes_uploaded, status, attempts,
        last_error, priority, completed_at)
    VALUES (NEW.id, NEW.upload_type, NEW.track_id, NEW.local_path, NEW.storage_path, NEW.file_size, coalesce(NEW.bytes_uploaded, 0),
        coalesce(NEW.status, 'pending'), coalesce(NEW.attempts, 0), NEW.last_error, coalesce(NEW.priority, 2), NEW.completed_at);
END;
CREATE TRIGGER storage_sync_queue_update INSTEAD OF UPDATE ON storage_sync_queue FOR EACH ROW
BEGIN
    UPDATE file_queue SET upload_type = NEW.upload_type, track_id = NEW.track_id, local_path = NEW.local_path,
        storage_path = NEW.storage_path, file_size = NEW.file_size, bytes_uploaded = NEW.bytes_uploaded,
        status = iif(NEW.status IS OLD.status, status, NEW.status), attempts = NEW.attempts, last_error = NEW.last_error,
        priority = NEW.priority, completed_at = NEW.completed_at
    WHERE id = OLD.id;
END;
CREATE TRIGGER storage_sync_queue_delete INSTEAD OF DELETE ON storage_sync_queue FOR EACH ROW
BEGIN
    DELETE FROM file_queue WHERE id = OLD.id;
END;

-- Which of these files the database has had; sqlx keeps the list.
CREATE VIEW schema_migrations AS
SELECT version, printf('%04d_%s.sql', version, replace(description, ' ', '_')) AS filename, installed_on AS applied_at,
    lower(hex(checksum)) AS checksum
FROM _sqlx_migrations
WHERE success;
