//! CSV files that administrators bring (RFC 4180): the first line names the columns.

use csv::StringRecord;

/// What is wrong with columns that are none of these.
pub(super) fn unknown_columns(headers: &StringRecord, known: &[&str]) -> Vec<String> {
    let unknown = headers.iter().filter(|column| !known.contains(column));
    unknown
        .map(|column| {
            format!(
                "line 1: there is no column `{column}`: {}",
                known.join(", ")
            )
        })
        .collect()
}

/// The records of a text as `read` makes them, which gets the names of the columns too; or what is wrong, line by line.
/// `columns` says what is wrong with the names.
pub(super) fn read_records<T>(
    text: &str,
    columns: impl FnOnce(&StringRecord) -> Vec<String>,
    mut read: impl FnMut(&StringRecord, &StringRecord) -> Result<T, String>,
) -> Result<Vec<T>, Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return Err(vec![error.to_string()]),
    };
    let (mut all, mut faults) = (Vec::new(), columns(&headers));
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(error.to_string());
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        match read(&record, &headers) {
            Ok(one) => all.push(one),
            Err(why) => faults.push(format!("line {line}: {why}")),
        }
    }
    if faults.is_empty() {
        Ok(all)
    } else {
        Err(faults)
    }
}
