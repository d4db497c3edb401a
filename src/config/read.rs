//! From text and environment to a [`Config`], or to all faults at once.
//!
//! Each setting is first tried alone, in a configuration that holds only it and the defaults. So serde checks
//! every value, no fault hides another, and each fault has its place.

use std::path::Path;

use serde::Deserialize as _;
use toml::{
    Table, Value,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    Config, ForgeConfig,
    error::{ConfigProblem, ConfigProblems, Place},
};

/// What an environment variable that overrides a key begins with.
const PREFIX: &str = "UNDERSIGNED__";

/// Whether a variable of this environment sets a key.
pub fn environment_sets(
    section: &str,
    key: &str,
    mut environment: impl Iterator<Item = (String, String)>,
) -> bool {
    let variable = format!("{PREFIX}{section}__{key}").to_uppercase();
    environment.any(|(name, _)| name == variable)
}

/// One key that was set.
struct Setting {
    section: String,
    key: String,
    value: Value,
    place: Place,
}

impl Setting {
    /// Whether this is the name of the key, or of one in its tables.
    fn is_named(&self, name: &str) -> bool {
        let own = format!("{}.{}", self.section, self.key);
        let rest = name.strip_prefix(&own);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The configuration that holds nothing but this setting and the defaults.
    fn alone(&self) -> Result<Config, toml::de::Error> {
        let section = Table::from_iter([(self.key.clone(), self.value.clone())]);
        Table::from_iter([(self.section.clone(), Value::Table(section))]).try_into()
    }
}

/// Reads the text of `file` and the overrides of the environment.
pub(super) fn read(
    text: &str,
    file: &Path,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigProblems> {
    let known = known_keys();
    let environment: Vec<_> = environment.collect();
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // After a syntax error the parser's reading of the rest would be guesswork.
        let faults = errors.iter().map(|error| syntax_fault(error, text, file));
        return Err(sorted(faults.collect()));
    }
    let mut faults = Vec::new();
    let mut settings = from_document(document.get_ref(), &known, text, file, &mut faults);
    let variables = environment.iter().cloned();
    settings.extend(from_environment(variables, &known, &mut faults));
    let mut refused = Vec::new();
    settings.retain(|setting| match setting.alone() {
        Ok(_) => true,
        Err(error) => {
            let name = format!("{}.{}", setting.section, setting.key);
            faults.push(setting.place.fault(&name, error.message()));
            refused.push(name);
            false
        }
    });
    let mut config = together(&settings, file)?;
    config.base = file.parent().unwrap_or(Path::new("")).to_path_buf();
    let no_token = config.take_github_token(&environment).err();
    let no_token = no_token.map(|message| ("links.github_token_env", message));
    let no_forge_token = config.take_forge_tokens(&environment).err();
    let no_forge_token = no_forge_token.map(|message| ("forge.threads.token_env", message));
    config.take_smtp_url(&environment);
    // A value that was given and is wrong is not reported as missing too.
    let missing = config.missing().into_iter();
    let missing = missing.chain(no_token).chain(no_forge_token);
    for (name, message) in
        missing.filter(|(name, _)| !refused.iter().any(|refused_name| refused_name == name))
    {
        let set = settings.iter().rfind(|setting| setting.is_named(name));
        let place = set.map_or(Place::File(file.to_path_buf()), |setting| {
            setting.place.clone()
        });
        faults.push(place.fault(name, message));
    }
    if faults.is_empty() {
        return Ok(config);
    }
    Err(sorted(faults))
}

fn sorted(mut faults: Vec<ConfigProblem>) -> ConfigProblems {
    faults.sort_by_key(ConfigProblem::rank);
    ConfigProblems(faults)
}

/// All settings in one configuration; the later ones win.
fn together(settings: &[Setting], file: &Path) -> Result<Config, ConfigProblems> {
    let mut whole = Table::new();
    for Setting {
        section,
        key,
        value,
        ..
    } in settings
    {
        let section = whole
            .entry(section.clone())
            .or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(key.clone(), value.clone());
        }
    }
    whole.try_into().map_err(|error: toml::de::Error| {
        let place = Place::File(file.to_path_buf());
        ConfigProblems(vec![ConfigProblem::new(place, error.message().to_owned())])
    })
}

/// The default of each key, by section: what there is, and of which type.
fn known_keys() -> Table {
    let defaults = Config {
        // None are there by default; what one can be given is known all the same.
        forge: ForgeConfig::model(),
        ..Config::default()
    };
    #[expect(
        clippy::expect_used,
        reason = "plain structs of plain values; the tests call this"
    )]
    Table::try_from(defaults).expect("the defaults can be written")
}

fn syntax_fault(error: &toml::de::Error, text: &str, file: &Path) -> ConfigProblem {
    let at = error.span().map_or(text.len(), |span| span.start);
    // The message alone: the whole error repeats the line, and a password may stand there.
    ConfigProblem::new(
        Place::at(file, text.as_bytes(), at),
        error.message().to_owned(),
    )
}

fn from_document(
    document: &DeTable<'_>,
    known: &Table,
    text: &str,
    file: &Path,
    faults: &mut Vec<ConfigProblem>,
) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (section, content) in document {
        let name: &str = section.get_ref();
        let place = Place::at(file, text.as_bytes(), section.span().start);
        let (Some(Value::Table(keys)), DeValue::Table(content)) =
            (known.get(name), content.get_ref())
        else {
            faults.push(ConfigProblem::new(place, bad_section(name, known)));
            continue;
        };
        for (key, value) in content {
            let place = Place::at(file, text.as_bytes(), key.span().start);
            let Some(model) = keys.get::<str>(key.get_ref()) else {
                faults.push(ConfigProblem::new(
                    place,
                    unknown_key(name, key.get_ref(), known),
                ));
                continue;
            };
            let in_tables =
                faults_in_tables((name, key.get_ref()), value.get_ref(), model, &|at| {
                    Place::at(file, text.as_bytes(), at)
                });
            if !in_tables.is_empty() {
                faults.extend(in_tables);
                continue;
            }
            match Value::deserialize(ValueDeserializer::from(value.clone())) {
                Ok(value) => settings.push(Setting {
                    section: name.to_owned(),
                    key: key.get_ref().clone().into_owned(),
                    value: without_datetime(value),
                    place,
                }),
                Err(error) => {
                    let name = format!("{name}.{}", key.get_ref());
                    faults.push(place.fault(&name, error.message()));
                }
            }
        }
    }
    settings
}

/// The faults of several tables (`[[section.key]]`), each with its own line; none of a key that is none of that kind.
/// `model` is the default of the key, and `place` that of a byte of the text.
fn faults_in_tables(
    (section, key): (&str, &str),
    value: &DeValue<'_>,
    model: &Value,
    place: &dyn Fn(usize) -> Place,
) -> Vec<ConfigProblem> {
    let (DeValue::Array(tables), Value::Array(models)) = (value, model) else {
        return Vec::new();
    };
    let Some(Value::Table(known)) = models.first() else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for table in tables {
        let at = place(table.span().start);
        let DeValue::Table(content) = table.get_ref() else {
            let message = format!(
                "`{section}.{key}` are tables: write `[[{section}.{key}]]` and their keys below"
            );
            faults.push(ConfigProblem::new(at, message));
            continue;
        };
        for (inner, value) in content {
            let name = format!("{section}.{key}.{}", inner.get_ref());
            let at = place(inner.span().start);
            if !known.contains_key::<str>(inner.get_ref()) {
                let nearest = nearest(inner.get_ref(), known.keys().cloned());
                let message =
                    format!("unknown key `{name}`; did you mean `{section}.{key}.{nearest}`?");
                faults.push(ConfigProblem::new(at, message));
                continue;
            }
            let read = Value::deserialize(ValueDeserializer::from(value.clone()));
            let read = read.and_then(|value| {
                let table = Table::from_iter([(inner.get_ref().to_string(), value)]);
                let tables = Value::Array(vec![Value::Table(table)]);
                let place = at.clone();
                let (section, key) = (section.to_owned(), key.to_owned());
                let value = tables;
                Setting {
                    section,
                    key,
                    value,
                    place,
                }
                .alone()
            });
            if let Err(error) = read {
                faults.push(at.fault(&name, error.message()));
            }
        }
        if !content.iter().any(|(inner, _)| inner.get_ref() == "url") {
            let name = format!("{section}.{key}.url");
            faults.push(at.fault(&name, "must be the address of the issue"));
        }
    }
    faults
}

/// TOML has a type for times; here a time is a string, so both spellings are accepted.
fn without_datetime(value: Value) -> Value {
    if let Value::Datetime(time) = value {
        Value::String(time.to_string())
    } else {
        value
    }
}

fn from_environment(
    environment: impl Iterator<Item = (String, String)>,
    known: &Table,
    faults: &mut Vec<ConfigProblem>,
) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (variable, text) in environment {
        let Some(name) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        let (section, key) = name.split_once("__").unwrap_or((&name, ""));
        let model = known.get(section).and_then(|keys| keys.get(key));
        let Some(model) = model else {
            let message = unknown_key(section, key, known);
            faults.push(ConfigProblem::new(Place::Variable(variable), message));
            continue;
        };
        settings.push(Setting {
            section: section.to_owned(),
            key: key.to_owned(),
            value: overriding(&text, model),
            place: Place::Variable(variable),
        });
    }
    settings
}

/// The value of a variable: as TOML where that gives the type of `model`, else as a string; a list
/// may also be written with commas.
fn overriding(text: &str, model: &Value) -> Value {
    let parsed = DeValue::parse(text).ok();
    let parsed = parsed.and_then(|value| Value::deserialize(ValueDeserializer::from(value)).ok());
    match (parsed, model) {
        (Some(value), model) if value.same_type(model) => value,
        (_, Value::Array(items)) => {
            let string = Value::String(String::new());
            let item = items.first().unwrap_or(&string);
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| overriding(part, item)).collect())
        }
        (_, _) => Value::String(text.to_owned()),
    }
}

fn bad_section(name: &str, known: &Table) -> String {
    if known.contains_key(name) {
        return format!("`{name}` is a section: write `[{name}]` and its keys below");
    }
    let nearest = nearest(name, known.keys().cloned());
    format!("unknown section `{name}`; did you mean `{nearest}`?")
}

fn unknown_key(section: &str, key: &str, known: &Table) -> String {
    let name = if key.is_empty() {
        section.to_owned()
    } else {
        format!("{section}.{key}")
    };
    let keys = |(section, keys): (&String, &Value)| -> Vec<(String, String)> {
        let keys = keys.as_table().into_iter().flat_map(Table::keys);
        keys.map(|key| (key.clone(), format!("{section}.{key}")))
            .collect()
    };
    let all: Vec<_> = known.iter().flat_map(keys).collect();
    // A right key in a wrong section is a better guess than a similar name.
    let same = all
        .iter()
        .find(|(known_key, _)| known_key == key)
        .map(|(_, name)| name.clone());
    let nearest = same.unwrap_or_else(|| nearest(&name, all.into_iter().map(|(_, name)| name)));
    format!("unknown key `{name}`; did you mean `{nearest}`?")
}

/// The candidate that takes the fewest changes; the first of several, empty if there is none.
fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> String {
    candidates
        .min_by_key(|candidate| distance(name, candidate))
        .unwrap_or_default()
}

/// How many characters must be put in, taken out or replaced (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (n, left) in one.chars().enumerate() {
        let mut diagonal = n;
        let mut before = n + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(other.chars()) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = replaced.min(diagonal + 1).min(before + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or_default()
}
