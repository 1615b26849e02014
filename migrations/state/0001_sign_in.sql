-- Who is signed in where.  state.db lies beside luma.db and is in no backup and no export.

-- `tokens` (the access and refresh token, as JSON) is null where the system's keyring holds them.  A new pair is written here, or
-- there, before it is used: a refresh token is spent by its first use.
CREATE TABLE auth_session (
    remote TEXT PRIMARY KEY NOT NULL CHECK (length(remote) BETWEEN 1 AND 200),
    uid TEXT NOT NULL
        CHECK (uid GLOB '????????-????-????-????-????????????' AND length(replace(uid, '-', '')) = 32 AND uid NOT GLOB '*[^-0-9a-f]*'),
    email TEXT,
    session_id TEXT,
    expires_at TEXT CHECK (expires_at IS NULL OR expires_at GLOB '????-??-??T??:??:??*Z' AND julianday(expires_at) IS NOT NULL),
    tokens TEXT CHECK (json_valid(tokens)),
    changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
