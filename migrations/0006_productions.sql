-- Productions: video sources and sends, how they are connected, the equipment.

CREATE TABLE equipment_specs (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    category TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    io_architecture TEXT CHECK (io_architecture IN ('direct', 'card-based')),
    card_slots INTEGER,
    format_by_io INTEGER DEFAULT 1 CHECK (format_by_io IN (0, 1)),
    is_secondary_device INTEGER DEFAULT 0 CHECK (is_secondary_device IN (0, 1)),
    device_formats TEXT CHECK (json_valid(device_formats)),
    specs TEXT CHECK (json_valid(specs)),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_equipment_category ON equipment_specs (category);
CREATE INDEX idx_equipment_secondary ON equipment_specs (is_secondary_device);
CREATE TRIGGER equipment_specs_updated_at AFTER UPDATE ON equipment_specs FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE equipment_specs SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE equipment_io_ports (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    equipment_id TEXT NOT NULL REFERENCES equipment_specs (id) ON UPDATE CASCADE ON DELETE CASCADE,
    port_type TEXT CHECK (port_type IN ('input', 'output')),
    io_type TEXT NOT NULL,
    label TEXT,
    format TEXT,
    port_index INTEGER,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_io_ports_equipment ON equipment_io_ports (equipment_id);
CREATE TRIGGER equipment_io_ports_updated_at AFTER UPDATE ON equipment_io_ports FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE equipment_io_ports SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE equipment_cards (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    equipment_id TEXT NOT NULL REFERENCES equipment_specs (id) ON UPDATE CASCADE ON DELETE CASCADE,
    slot_number INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (equipment_id, slot_number)
) STRICT;
CREATE TRIGGER equipment_cards_updated_at AFTER UPDATE ON equipment_cards FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE equipment_cards SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE equipment_card_io (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    card_id TEXT NOT NULL REFERENCES equipment_cards (id) ON UPDATE CASCADE ON DELETE CASCADE,
    port_type TEXT CHECK (port_type IN ('input', 'output')),
    io_type TEXT NOT NULL,
    label TEXT,
    format TEXT,
    port_index INTEGER,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_card_io_card ON equipment_card_io (card_id);
CREATE TRIGGER equipment_card_io_updated_at AFTER UPDATE ON equipment_card_io FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE equipment_card_io SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE productions (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    client TEXT NOT NULL,
    show_name TEXT NOT NULL,
    venue TEXT,
    venue_id TEXT REFERENCES venues (id) ON UPDATE CASCADE ON DELETE SET NULL,
    room TEXT,
    load_in TEXT CHECK (load_in IS NULL OR load_in GLOB '????-??-??T??:??:??*Z' AND julianday(load_in) IS NOT NULL),
    load_out TEXT CHECK (load_out IS NULL OR load_out GLOB '????-??-??T??:??:??*Z' AND julianday(load_out) IS NOT NULL),
    show_info_url TEXT,
    status TEXT CHECK (status IN ('planning', 'ready', 'active', 'completed', 'archived')),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_productions_venue ON productions (venue_id);
CREATE TRIGGER productions_updated_at AFTER UPDATE ON productions FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE productions SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE production_members (
    id TEXT PRIMARY KEY NOT NULL
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    production_id TEXT NOT NULL REFERENCES productions (id) ON UPDATE CASCADE ON DELETE CASCADE,
    user_id TEXT NOT NULL
        CHECK (user_id GLOB '????????-????-????-????-????????????' AND length(replace(user_id, '-', '')) = 32 AND user_id NOT GLOB '*[^-0-9a-f]*'),
    role TEXT NOT NULL DEFAULT 'viewer' CHECK (role IN ('owner', 'editor', 'viewer', 'server')),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (production_id, user_id)
) STRICT;
CREATE TRIGGER production_members_updated_at AFTER UPDATE ON production_members FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE production_members SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE sources (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    production_id TEXT NOT NULL REFERENCES productions (id) ON UPDATE CASCADE ON DELETE CASCADE,
    label TEXT CHECK (length(label) BETWEEN 1 AND 200),
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    h_res INTEGER,
    v_res INTEGER,
    rate REAL CHECK (abs(rate) < 9e999),
    standard TEXT,
    note TEXT,
    secondary_device TEXT,
    blanking TEXT CHECK (blanking IN ('none', 'RBv1', 'RBv2', 'RBv3')),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_sources_production ON sources (production_id);
CREATE INDEX idx_sources_type ON sources (type);
CREATE TRIGGER sources_updated_at AFTER UPDATE ON sources FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE sources SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE source_outputs (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    source_id TEXT NOT NULL REFERENCES sources (id) ON UPDATE CASCADE ON DELETE CASCADE,
    connector TEXT NOT NULL,
    output_index INTEGER DEFAULT 1,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_source_outputs_source ON source_outputs (source_id);
CREATE TRIGGER source_outputs_updated_at AFTER UPDATE ON source_outputs FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE source_outputs SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE sends (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    production_id TEXT NOT NULL REFERENCES productions (id) ON UPDATE CASCADE ON DELETE CASCADE,
    label TEXT CHECK (length(label) BETWEEN 1 AND 200),
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    h_res INTEGER,
    v_res INTEGER,
    rate REAL CHECK (abs(rate) < 9e999),
    standard TEXT,
    note TEXT,
    secondary_device TEXT,
    output_connector TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_sends_production ON sends (production_id);
CREATE INDEX idx_sends_type ON sends (type);
CREATE TRIGGER sends_updated_at AFTER UPDATE ON sends FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE sends SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

CREATE TABLE connections (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (lower(printf('%.8s-%s-7%.3s-%.1s%.3s-%s', printf('%012x', unixepoch('subsec') * 1000),
            substr(printf('%012x', unixepoch('subsec') * 1000), 9), hex(randomblob(2)), substr('89ab', 1 + (random() & 3)),
            hex(randomblob(2)), hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32 AND id NOT GLOB '*[^-0-9a-f]*'),
    uid TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    production_id TEXT NOT NULL REFERENCES productions (id) ON UPDATE CASCADE ON DELETE CASCADE,
    source_id TEXT REFERENCES sources (id) ON UPDATE CASCADE ON DELETE SET NULL,
    source_output_id TEXT REFERENCES source_outputs (id) ON UPDATE CASCADE ON DELETE SET NULL,
    intermediate_type TEXT,
    intermediate_id TEXT
        CHECK (intermediate_id GLOB '????????-????-????-????-????????????' AND length(replace(intermediate_id, '-', '')) = 32 AND intermediate_id NOT GLOB '*[^-0-9a-f]*'),
    intermediate_input TEXT,
    intermediate_output TEXT,
    destination_type TEXT CHECK (destination_type IN ('send', 'switcher', 'router', 'processor', 'recorder')),
    destination_id TEXT
        CHECK (destination_id GLOB '????????-????-????-????-????????????' AND length(replace(destination_id, '-', '')) = 32 AND destination_id NOT GLOB '*[^-0-9a-f]*'),
    signal_path TEXT CHECK (json_valid(signal_path)),
    note TEXT,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX idx_connections_production ON connections (production_id);
CREATE INDEX idx_connections_source ON connections (source_id);
CREATE INDEX idx_connections_source_output ON connections (source_output_id);
CREATE INDEX idx_connections_intermediate ON connections (intermediate_id);
CREATE INDEX idx_connections_destination ON connections (destination_id);
CREATE TRIGGER connections_updated_at AFTER UPDATE ON connections FOR EACH ROW
WHEN OLD.version = NEW.version AND (SELECT applying FROM sync_guard) = 0
BEGIN
    UPDATE connections SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;

-- intermediate_id is of the equipment, destination_id of what destination_type says.  A row that a server sends is taken as it is:
-- what it points to may not have arrived.
CREATE TRIGGER connections_ends_insert BEFORE INSERT ON connections FOR EACH ROW
WHEN (SELECT applying FROM sync_guard) = 0
BEGIN
    SELECT RAISE(ABORT, 'connections.intermediate_id: there is no such equipment')
    WHERE NEW.intermediate_id NOT IN (SELECT id FROM equipment_specs);
    SELECT RAISE(ABORT, 'connections.destination_id: destination_type must say what it is')
    WHERE NEW.destination_id IS NOT NULL AND NEW.destination_type IS NULL;
    SELECT RAISE(ABORT, 'connections.destination_id: there is no such send in this production')
    WHERE NEW.destination_type = 'send'
        AND NEW.destination_id NOT IN (SELECT id FROM sends WHERE production_id = NEW.production_id);
    SELECT RAISE(ABORT, 'connections.destination_id: there is no such equipment')
    WHERE NEW.destination_type <> 'send' AND NEW.destination_id NOT IN (SELECT id FROM equipment_specs);
END;
CREATE TRIGGER connections_ends_update BEFORE UPDATE OF production_id, intermediate_id, destination_type, destination_id ON connections FOR EACH ROW
WHEN (SELECT applying FROM sync_guard) = 0
BEGIN
    SELECT RAISE(ABORT, 'connections.intermediate_id: there is no such equipment')
    WHERE NEW.intermediate_id NOT IN (SELECT id FROM equipment_specs);
    SELECT RAISE(ABORT, 'connections.destination_id: destination_type must say what it is')
    WHERE NEW.destination_id IS NOT NULL AND NEW.destination_type IS NULL;
    SELECT RAISE(ABORT, 'connections.destination_id: there is no such send in this production')
    WHERE NEW.destination_type = 'send'
        AND NEW.destination_id NOT IN (SELECT id FROM sends WHERE production_id = NEW.production_id);
    SELECT RAISE(ABORT, 'connections.destination_id: there is no such equipment')
    WHERE NEW.destination_type <> 'send' AND NEW.destination_id NOT IN (SELECT id FROM equipment_specs);
END;
-- What is gone is pointed to no more; an id that changes is followed.
CREATE TRIGGER sends_leave_connections AFTER DELETE ON sends FOR EACH ROW
BEGIN
    UPDATE connections SET destination_id = NULL WHERE destination_id = OLD.id AND destination_type = 'send';
END;
CREATE TRIGGER sends_move_connections AFTER UPDATE OF id ON sends FOR EACH ROW WHEN OLD.id <> NEW.id
BEGIN
    UPDATE connections SET destination_id = NEW.id WHERE destination_id = OLD.id AND destination_type = 'send';
END;
CREATE TRIGGER equipment_specs_leave_connections AFTER DELETE ON equipment_specs FOR EACH ROW
BEGIN
    UPDATE connections SET intermediate_id = nullif(intermediate_id, OLD.id),
        destination_id = iif(destination_id = OLD.id AND destination_type IS NOT 'send', NULL, destination_id)
    WHERE intermediate_id = OLD.id OR destination_id = OLD.id;
END;
CREATE TRIGGER equipment_specs_move_connections AFTER UPDATE OF id ON equipment_specs FOR EACH ROW WHEN OLD.id <> NEW.id
BEGIN
    UPDATE connections SET intermediate_id = iif(intermediate_id = OLD.id, NEW.id, intermediate_id),
        destination_id = iif(destination_id = OLD.id AND destination_type IS NOT 'send', NEW.id, destination_id)
    WHERE intermediate_id = OLD.id OR destination_id = OLD.id;
END;
