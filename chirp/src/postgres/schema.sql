-- The tables. Names, texts and stamps are as the API shows them; a stamp is the hybrid clock's packed
-- number and the region that gave it. Every statement can be run again.

CREATE TABLE IF NOT EXISTS writers (
    epoch  bigint PRIMARY KEY,
    region text   NOT NULL,
    forked bigint NOT NULL              -- the position in the log at which its history begins
);

CREATE TABLE IF NOT EXISTS users (
    name             text PRIMARY KEY,
    display_name     text    NOT NULL,
    bio              text    NOT NULL DEFAULT '',
    contact          text,
    contact_verified boolean NOT NULL DEFAULT false,
    celebrity        boolean NOT NULL DEFAULT false,  -- too many followers: merged at read, and so for ever
    updated_time     bigint  NOT NULL,
    updated_region   text    NOT NULL
);

-- A deleted post stays as a tombstone without its text: a late retry of its key must find it.
CREATE TABLE IF NOT EXISTS posts (
    id             text PRIMARY KEY,
    author         text    NOT NULL REFERENCES users,
    body           text    NOT NULL,     -- as it is shown
    first_body     text    NOT NULL,     -- as it was made: what a retry must bring again
    attached       text    NOT NULL,     -- JSON
    created_time   bigint  NOT NULL,
    created_region text    NOT NULL,
    edited_time    bigint,
    edited_region  text,
    likes          bigint  NOT NULL DEFAULT 0,
    removed        text,                 -- why moderation took it down
    deleted        boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS posts_of_author ON posts (author, created_time DESC, created_region DESC);

CREATE TABLE IF NOT EXISTS likes (
    post     text NOT NULL REFERENCES posts,
    liked_by text NOT NULL REFERENCES users,
    PRIMARY KEY (post, liked_by)
);

CREATE TABLE IF NOT EXISTS blocks (
    blocker text NOT NULL REFERENCES users,
    blocked text NOT NULL REFERENCES users,
    PRIMARY KEY (blocker, blocked)
);

CREATE TABLE IF NOT EXISTS follows (
    follower text NOT NULL REFERENCES users,
    followee text NOT NULL REFERENCES users,
    PRIMARY KEY (follower, followee)
);
CREATE INDEX IF NOT EXISTS follows_of_followee ON follows (followee, follower);

-- Fan-out on write: one line per reader and post.
CREATE TABLE IF NOT EXISTS timelines (
    owner          text   NOT NULL,
    created_time   bigint NOT NULL,
    created_region text   NOT NULL,
    post           text   NOT NULL,
    PRIMARY KEY (owner, created_time, created_region)
);

-- What was written, one line per write: how a tail that is cut off is listed.
CREATE TABLE IF NOT EXISTS journal (
    epoch   bigint NOT NULL,
    number  bigint GENERATED ALWAYS AS IDENTITY,
    kind    text   NOT NULL,
    subject text   NOT NULL,
    stamp   bigint NOT NULL,
    PRIMARY KEY (epoch, number)
);

-- A sign of life of the writer, for measuring how far behind a standby is; and the health check's probe.
CREATE TABLE IF NOT EXISTS pulse (
    name    text PRIMARY KEY,
    wall_ms bigint NOT NULL,
    beats   bigint NOT NULL
);
