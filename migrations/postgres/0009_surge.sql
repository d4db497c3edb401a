-- How many endorsements came in from each domain, by the minute, so that all processes count together and a restart
-- forgets nothing (`moderation.surge_…`). Under the empty domain: from all domains together that nobody vouches for.
CREATE TABLE surge (
    domain TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (domain, at)
);
