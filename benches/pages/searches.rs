//! Lists for administrators, through the store as `endorsement list` reads them: searches for beginnings of words, and people
//! of one host.

use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::AssertSqlSafe;
use undersigned::store::{Access, EndorsementFilter, EndorsementSummary, Store, Tx};

use super::{SAMPLES, p};

/// What is looked for: one letter that everybody has, names of two characters, one name, a rare word, several words, nothing.
const SEARCHES: [&str; 9] = [
    "p",
    "e",
    "ad",
    "wing",
    "yao 15",
    "77",
    "p e c",
    "because ada",
    "zz",
];

/// Hosts of the crowd: one, all whose names begin like its, and all there are.
const HOSTS: [&str; 3] = ["crowd7.example", "crowd7*", "*.example"];

/// The default of `--limit`.
const LIMIT: i64 = 1000;

/// Times each list, and checks what was found against every row.
pub(crate) async fn measure(database: &str) -> anyhow::Result<()> {
    let store = Store::open(database, 2, Access::Existing).await?;
    println!(
        "  {:<34} {:>9} {:>9} {:>9}",
        "endorsement list, ms", "half", "slowest", "found"
    );
    for text in SEARCHES {
        let filter = EndorsementFilter {
            search: Some(text.to_owned()),
            ..EndorsementFilter::default()
        };
        let words = text
            .split(' ')
            .map(|word| format!("' ' || shown_words || ' ' || other_words LIKE '% {word}%'"));
        let condition = words.collect::<Vec<_>>().join(" AND ");
        one_list(&store, &format!("--search {text:?}"), &filter, &condition).await?;
    }
    for host in HOSTS {
        let filter = EndorsementFilter {
            host: Some(host.to_owned()),
            ..EndorsementFilter::default()
        };
        let pattern = host.replace('*', "%");
        let condition = format!(
            "actor_id IN (SELECT actor.id FROM actor JOIN host ON host.id = actor.host_id
                          WHERE host.name LIKE '{pattern}')"
        );
        one_list(&store, &format!("--host {host:?}"), &filter, &condition).await?;
    }
    store.close().await;
    Ok(())
}

async fn one_list(
    store: &Store,
    name: &str,
    filter: &EndorsementFilter,
    condition: &str,
) -> anyhow::Result<()> {
    let (mut times, mut listed): (Vec<Duration>, Vec<EndorsementSummary>) =
        (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let begun = Instant::now();
        listed = store.read().await?.list(filter, LIMIT).await?;
        times.push(begun.elapsed());
    }
    let n_found = listed.len();
    let mut found: Vec<_> = listed.iter().map(|row| row.public_id.to_string()).collect();
    let mut wanted = expected(&mut store.read().await?, condition).await?;
    found.sort_unstable();
    wanted.sort_unstable();
    ensure!(
        found == wanted,
        "{name}: {n_found} in place of {}",
        wanted.len()
    );
    println!(
        "  {name:<34} {:>9} {:>9} {n_found:>9}",
        p(&mut times, 50),
        p(&mut times, 100)
    );
    Ok(())
}

/// The ids of the first rows with this condition, which no index answers.
async fn expected(tx: &mut Tx, condition: &str) -> anyhow::Result<Vec<String>> {
    let query = AssertSqlSafe(format!(
        "SELECT public_id FROM endorsement WHERE {condition}
         ORDER BY CASE WHEN waits_for = 'unsure' THEN 0 ELSE 1 END, endorsed_at DESC, id DESC LIMIT {LIMIT}"
    ));
    Ok(match tx {
        Tx::Sqlite(tx) => sqlx::query_scalar(query).fetch_all(&mut **tx).await?,
        Tx::Postgres(tx) => sqlx::query_scalar(query).fetch_all(&mut **tx).await?,
    })
}
