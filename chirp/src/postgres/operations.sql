-- What users do, one function each: one call is one short transaction.
--
-- Within a function every statement sees what was committed before *it*, so a lock that is taken first
-- makes the rest see whatever the lock was waiting for. Locks: who posts takes the author's, shared; who
-- changes who sees the author's posts takes it alone. Without that a post and a follow at the same moment
-- could miss each other for ever. They are advisory locks, for a row lock would write to the row.

CREATE OR REPLACE FUNCTION chirp_lock(who text, alone boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF alone THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(who, 0));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(who, 0));
    END IF;
END $$;

-- Keeps the newest `kept` lines of a time line.
CREATE OR REPLACE FUNCTION chirp_trim(readers text[], kept int) RETURNS void LANGUAGE sql AS $$
    DELETE FROM timelines line
    USING unnest(readers) reader
    CROSS JOIN LATERAL (
        SELECT created_time, created_region FROM timelines
        WHERE owner = reader
        ORDER BY created_time DESC, created_region DESC
        OFFSET kept LIMIT 1
    ) oldest
    WHERE line.owner = reader
      AND (line.created_time, line.created_region) <= (oldest.created_time, oldest.created_region)
$$;

-- The newest posts of the owner and of whom the owner follows, from nothing. Celebrities are merged at read.
CREATE OR REPLACE FUNCTION chirp_rebuild(reader text, kept int) RETURNS void LANGUAGE sql AS $$
    DELETE FROM timelines WHERE owner = reader;
    INSERT INTO timelines (owner, created_time, created_region, post)
    SELECT reader, newest.created_time, newest.created_region, newest.id
    FROM (
        SELECT followee AS author FROM follows JOIN users ON name = followee
        WHERE follower = reader AND NOT celebrity
        UNION ALL SELECT reader
    ) seen
    CROSS JOIN LATERAL (
        SELECT id, created_time, created_region FROM posts
        WHERE author = seen.author AND NOT deleted
        ORDER BY created_time DESC, created_region DESC
        LIMIT kept
    ) newest
    ORDER BY newest.created_time DESC, newest.created_region DESC
    LIMIT kept
    ON CONFLICT DO NOTHING
$$;

-- What was done, for the list of what a rewind throws away.
CREATE OR REPLACE FUNCTION chirp_note(in_epoch bigint, in_kind text, in_subject text, in_time bigint)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO journal (epoch, kind, subject, stamp) VALUES (in_epoch, in_kind, in_subject, in_time)
$$;

-- The first of these that is no user.
CREATE OR REPLACE FUNCTION chirp_stranger(wanted text[]) RETURNS text LANGUAGE sql AS $$
    SELECT candidate FROM unnest(wanted) candidate
    WHERE NOT EXISTS (SELECT FROM users WHERE name = candidate) LIMIT 1
$$;

-- Answers 'new', 'known' or 'no-contact'. NULL leaves a value as it is.
CREATE OR REPLACE FUNCTION chirp_put_profile(
    in_epoch bigint, in_name text, in_display_name text, in_bio text, in_contact text, in_verified boolean,
    in_time bigint, in_region text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    known users%ROWTYPE;
    wanted users%ROWTYPE;
    is_new boolean;
BEGIN
    PERFORM chirp_lock(in_name, true);
    SELECT * INTO known FROM users WHERE name = in_name;
    is_new := NOT FOUND;
    wanted := known;
    wanted.display_name := coalesce(in_display_name, known.display_name, in_name);
    wanted.bio := coalesce(in_bio, known.bio, '');
    IF in_contact IS NOT NULL OR in_verified IS NOT NULL THEN
        wanted.contact := coalesce(in_contact, known.contact);
        IF wanted.contact IS NULL THEN
            RETURN 'no-contact';
        END IF;
        -- A proof is of one address and not of the next.
        wanted.contact_verified :=
            coalesce(in_verified, known.contact_verified AND wanted.contact = known.contact, false);
    END IF;
    IF is_new THEN
        INSERT INTO users (name, display_name, bio, contact, contact_verified, updated_time, updated_region)
        VALUES (in_name, wanted.display_name, wanted.bio, wanted.contact, coalesce(wanted.contact_verified, false),
                in_time, in_region);
    ELSIF wanted IS DISTINCT FROM known THEN
        UPDATE users SET display_name = wanted.display_name, bio = wanted.bio, contact = wanted.contact,
            contact_verified = wanted.contact_verified, updated_region = in_region,
            -- Always above what it replaces, also if a clock was ahead.
            updated_time = greatest(in_time, known.updated_time + 1)
        WHERE name = in_name;
    ELSE
        RETURN 'known';
    END IF;
    PERFORM chirp_note(in_epoch, 'profile', in_name, in_time);
    RETURN CASE WHEN is_new THEN 'new' ELSE 'known' END;
END $$;

-- Answers 'made', 'known' (the id is taken: a retry), 'reused' (by another text), 'deleted' or 'stranger'.
CREATE OR REPLACE FUNCTION chirp_create_post(
    in_epoch bigint, in_id text, in_author text, in_body text, in_attached text,
    in_time bigint, in_region text, kept int, trims boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    known posts%ROWTYPE;
    audience text[];
BEGIN
    PERFORM chirp_lock(in_author, false);
    IF chirp_stranger(ARRAY[in_author]) IS NOT NULL THEN
        RETURN 'stranger';
    END IF;
    INSERT INTO posts (id, author, body, first_body, attached, created_time, created_region)
    VALUES (in_id, in_author, in_body, in_body, in_attached, in_time, in_region) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT * INTO known FROM posts WHERE id = in_id;
        RETURN CASE WHEN known.deleted THEN 'deleted' WHEN known.first_body <> in_body THEN 'reused' ELSE 'known' END;
    END IF;
    audience := ARRAY(
        SELECT follower FROM follows JOIN users ON name = followee WHERE followee = in_author AND NOT celebrity
        UNION ALL SELECT in_author
    );
    INSERT INTO timelines (owner, created_time, created_region, post)
    SELECT reader, in_time, in_region, in_id FROM unnest(audience) reader ON CONFLICT DO NOTHING;
    IF trims THEN
        PERFORM chirp_trim(audience, kept);
    END IF;
    PERFORM chirp_note(in_epoch, 'post', in_id, in_time);
    RETURN 'made';
END $$;

-- One change of a post that is there: 'edit' or 'delete' by its author `who`, 'remove' for the reason `said`,
-- 'like' or 'unlike' by `who`. Answers 'done', 'unknown', 'not-author', 'removed' or 'stranger'.
CREATE OR REPLACE FUNCTION chirp_change_post(
    in_epoch bigint, in_kind text, in_id text, who text, said text, in_time bigint, in_region text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE known posts%ROWTYPE;
BEGIN
    IF in_kind IN ('like', 'unlike') AND chirp_stranger(ARRAY[who]) IS NOT NULL THEN
        RETURN 'stranger';
    END IF;
    SELECT * INTO known FROM posts WHERE id = in_id AND NOT deleted FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'unknown';
    END IF;
    IF in_kind IN ('edit', 'delete') AND known.author <> who THEN
        RETURN 'not-author';
    END IF;
    IF in_kind IN ('edit', 'like') AND known.removed IS NOT NULL THEN
        RETURN 'removed';
    END IF;
    CASE in_kind
    WHEN 'edit' THEN
        UPDATE posts SET body = said, edited_time = in_time, edited_region = in_region
        WHERE id = in_id AND body <> said;
    WHEN 'delete' THEN
        UPDATE posts SET deleted = true, body = '', attached = '{}', likes = 0 WHERE id = in_id;
        DELETE FROM likes WHERE post = in_id;
    WHEN 'remove' THEN
        UPDATE posts SET removed = said WHERE id = in_id AND removed IS NULL;
    WHEN 'like' THEN
        INSERT INTO likes VALUES (in_id, who) ON CONFLICT DO NOTHING;
        IF FOUND THEN
            UPDATE posts SET likes = likes + 1 WHERE id = in_id;
        END IF;
    WHEN 'unlike' THEN
        DELETE FROM likes WHERE post = in_id AND liked_by = who;
        IF FOUND THEN
            UPDATE posts SET likes = likes - 1 WHERE id = in_id;
        END IF;
    END CASE;
    PERFORM chirp_note(in_epoch, in_kind, in_id, in_time);
    RETURN 'done';
END $$;

-- One change between two users: 'follow', 'unfollow', 'block' or 'unblock' of `other` by `who`. Answers 'done',
-- 'blocked', or 'stranger ' and the name.
CREATE OR REPLACE FUNCTION chirp_relate(
    in_epoch bigint, in_kind text, who text, other text, in_time bigint, kept int, celebrity_followers bigint
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    follower_name text := CASE WHEN in_kind IN ('follow', 'unfollow') THEN who ELSE other END;
    followee_name text := CASE WHEN in_kind IN ('follow', 'unfollow') THEN other ELSE who END;
    stranger text;
BEGIN
    PERFORM chirp_lock(followee_name, true);
    stranger := chirp_stranger(ARRAY[who, other]);
    IF stranger IS NOT NULL THEN
        RETURN 'stranger ' || stranger;
    END IF;
    IF in_kind = 'follow' THEN
        IF EXISTS (SELECT FROM blocks WHERE blocker = followee_name AND blocked = follower_name) THEN
            RETURN 'blocked';
        END IF;
        INSERT INTO follows VALUES (follower_name, followee_name) ON CONFLICT DO NOTHING;
        IF FOUND THEN
            UPDATE users SET celebrity = true WHERE name = followee_name AND NOT celebrity
                AND (SELECT count(*) FROM follows WHERE followee = followee_name) > celebrity_followers;
            INSERT INTO timelines (owner, created_time, created_region, post)
            SELECT follower_name, created_time, created_region, id FROM posts JOIN users ON name = author
            WHERE author = followee_name AND NOT deleted AND NOT celebrity
            ORDER BY created_time DESC, created_region DESC
            LIMIT kept
            ON CONFLICT DO NOTHING;
            PERFORM chirp_trim(ARRAY[follower_name], kept);
        END IF;
    ELSE
        IF in_kind = 'block' THEN
            INSERT INTO blocks VALUES (who, other) ON CONFLICT DO NOTHING;
        ELSIF in_kind = 'unblock' THEN
            DELETE FROM blocks WHERE blocker = who AND blocked = other;
        END IF;
        IF in_kind IN ('unfollow', 'block') THEN
            DELETE FROM follows WHERE follower = follower_name AND followee = followee_name;
            IF FOUND THEN
                PERFORM chirp_rebuild(follower_name, kept);
            END IF;
        END IF;
    END IF;
    PERFORM chirp_note(in_epoch, in_kind, who || ' ' || other, in_time);
    RETURN 'done';
END $$;
