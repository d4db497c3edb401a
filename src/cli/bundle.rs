//! The file of the hand-over: letter, list, counts and a signed manifest in one tar archive, and its check.
//!
//! The same data make the same bytes: the parts stand in the order of their names, under the time at which the text was
//! published, and RSASSA-PKCS1-v1_5 makes one signature of each manifest.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use serde::{Deserialize, Serialize};
use tar::{EntryType, Header};

use crate::{
    clock::Millis,
    hash::{Hashing, Sha256},
    http::{
        counts::CountJson,
        supporter_data::BulkForm,
        whole_list::{LetterCopy, ListForm, WholeList},
    },
    signature::PublicKey,
    store::Tx,
};

/// The `format` of the manifest.
const FORMAT: &str = "undersigned bundle 1";

/// The folder into which the archive is unpacked.
const FOLDER: &str = "hand-over/";

/// The size of a block of an archive, in bytes (POSIX.1-1988, ustar).
const BLOCK: usize = 512;

/// The largest part that is kept in memory for a check, in bytes: the manifest, its signature and the key are smaller.
const MAX_KEPT: u64 = 1024 * 1024;

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SIGNATURE: &str = "manifest.sig";
pub(super) const KEY: &str = "key.pem";

/// What a bundle is, and what is in it. Members are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BundleManifest {
    format: String,
    /// The id of the letter.
    pub(super) letter: String,
    /// Its page.
    page: String,
    pub(super) title: String,
    language: String,
    pub(super) revision: i64,
    /// SHA-256 of the text, as the page shows it.
    pub(super) digest: String,
    published: Millis,
    /// The id of the actor.
    pub(super) actor: String,
    /// The id of the key that signs the manifest.
    pub(super) key_id: String,
    pub(super) counts: CountJson,
    files: Vec<ManifestFile>,
}

/// A part of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ManifestFile {
    name: String,
    bytes: u64,
    sha256: String,
}

/// The parts that the manifest lists.
enum BundlePart {
    Text(&'static str, String),
    /// Made twice, so that a million names need no memory: to measure it, and to write it.
    List(&'static str, ListForm),
}

impl BundlePart {
    const fn name(&self) -> &'static str {
        match self {
            Self::Text(name, _) | Self::List(name, _) => name,
        }
    }
}

/// What is the letter's besides its text.
pub(super) struct BundleSigner<'a> {
    pub(super) letter: String,
    pub(super) page: String,
    pub(super) actor: String,
    pub(super) key_id: String,
    pub(super) key: &'a crate::signature::KeyPair,
}

/// Writes the bundle of a letter, which was read in this transaction.
///
/// # Errors
/// The database or the file failed.
pub(super) async fn write(
    tx: &mut Tx,
    copy: &LetterCopy,
    identity: &BundleSigner<'_>,
    out: &mut impl Write,
) -> anyhow::Result<BundleManifest> {
    let parts = [
        BundlePart::Text("letter.html", copy.html()?),
        BundlePart::Text("letter.md", copy.revision.source.clone()),
        BundlePart::Text("letter.txt", copy.text()),
        BundlePart::List("list.csv", ListForm::Data(BulkForm::Csv)),
        BundlePart::List("list.html", ListForm::Html),
        BundlePart::List("list.txt", ListForm::Text),
    ];
    let published = copy.revision.published_at;
    let pem = identity.key.public_key_pem();
    let mut key = Measure::default();
    key.add(pem.as_bytes());
    let mut files = vec![key.of(KEY)];
    for part in &parts {
        let mut measure = Measure::default();
        each_piece(tx, copy, part, &mut |piece| {
            measure.add(piece.as_bytes());
            Ok(())
        })
        .await?;
        files.push(measure.of(part.name()));
    }
    let manifest = BundleManifest {
        format: FORMAT.to_owned(),
        letter: identity.letter.clone(),
        page: identity.page.clone(),
        title: copy.letter.title.clone(),
        language: copy.language.clone(),
        revision: copy.revision.number,
        digest: copy.revision.digest.clone(),
        published,
        actor: identity.actor.clone(),
        key_id: identity.key_id.clone(),
        counts: copy.counts.clone(),
        files,
    };
    let mut json = serde_json::to_string_pretty(&manifest)?;
    json.push('\n');
    let signature = identity.key.sign_rsa_sha256(json.as_bytes());
    let signature =
        signature.map_err(|_unspecified| anyhow::anyhow!("cannot sign the manifest"))?;
    let mut archive = Archive { out, published };
    archive.whole(KEY, pem.as_bytes())?;
    for (part, file) in parts.iter().zip(manifest.files.iter().skip(1)) {
        archive.begin(part.name(), file.bytes)?;
        each_piece(tx, copy, part, &mut |piece| {
            Ok(archive.out.write_all(piece.as_bytes())?)
        })
        .await?;
        archive.end(file.bytes)?;
    }
    archive.whole(MANIFEST, json.as_bytes())?;
    archive.whole(SIGNATURE, &signature)?;
    archive.out.write_all(&[0; 2 * BLOCK])?;
    Ok(manifest)
}

/// Hands on the pieces of a part.
async fn each_piece(
    tx: &mut Tx,
    copy: &LetterCopy,
    part: &BundlePart,
    take: &mut impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    match part {
        BundlePart::Text(_, text) => take(text),
        BundlePart::List(_, form) => {
            let mut list = WholeList::new(copy, *form);
            while let Some(piece) = list.next_part(tx).await? {
                take(&piece)?;
            }
            Ok(())
        }
    }
}

/// The size and the digest of what goes by.
#[derive(Default)]
struct Measure {
    bytes: u64,
    digest: Hashing,
}

impl Measure {
    fn add(&mut self, piece: &[u8]) {
        self.bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.digest.add(piece);
    }

    fn of(self, name: &str) -> ManifestFile {
        ManifestFile {
            name: name.to_owned(),
            bytes: self.bytes,
            sha256: self.digest.done().hex(),
        }
    }
}

/// An archive that is being written.
struct Archive<'a, W: Write> {
    out: &'a mut W,
    published: Millis,
}

impl<W: Write> Archive<'_, W> {
    fn begin(&mut self, name: &str, bytes: u64) -> anyhow::Result<()> {
        let header = header(name, bytes, self.published)?;
        Ok(self.out.write_all(header.as_bytes())?)
    }

    fn end(&mut self, bytes: u64) -> anyhow::Result<()> {
        let padding = vec![0; padding(bytes)];
        Ok(self.out.write_all(&padding)?)
    }

    fn whole(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let bytes = u64::try_from(content.len())?;
        self.begin(name, bytes)?;
        self.out.write_all(content)?;
        self.end(bytes)
    }
}

/// The header of a part: nothing in it depends on the machine.
fn header(name: &str, bytes: u64, published: Millis) -> std::io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(format!("{FOLDER}{name}"))?;
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(published.as_millis().div_euclid(1000)).unwrap_or(0));
    header.set_entry_type(EntryType::Regular);
    header.set_cksum();
    Ok(header)
}

/// The zeros after a part of so many bytes.
fn padding(bytes: u64) -> usize {
    let block = u64::try_from(BLOCK).unwrap_or(1);
    let over = bytes.checked_rem(block).unwrap_or(0);
    usize::try_from(if over == 0 { 0 } else { block - over }).unwrap_or(0)
}

/// Why a bundle does not hold.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("it is no archive that `deliver bundle` wrote")]
    NoBundle,
    #[error("`{0}` is missing")]
    Missing(String),
    #[error("`{0}` is not listed in its manifest")]
    Unlisted(String),
    #[error("`{0}` is not as its manifest says")]
    Changed(String),
    #[error("its manifest cannot be read: {0}")]
    BundleManifest(#[from] serde_json::Error),
    #[error("its key cannot be read: {0}")]
    Key(#[from] crate::signature::KeyError),
    #[error("its key did not sign its manifest")]
    Signature,
}

/// Checks a bundle, whose every byte is covered: by the signature, by a digest that the signature covers, or because nothing
/// else can stand there.
pub(super) fn verify(file: &mut impl Read) -> Result<(BundleManifest, String), Broken> {
    let mut found: Vec<(Header, ManifestFile)> = Vec::new();
    let mut kept: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    loop {
        let mut block = [0; BLOCK];
        file.read_exact(&mut block)?;
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(&block);
        let bytes = header.size()?;
        let path = header.path()?;
        let name = path.to_str().and_then(|path| path.strip_prefix(FOLDER));
        let name = name.ok_or(Broken::NoBundle)?.to_owned();
        let is_small = [MANIFEST, SIGNATURE, KEY].contains(&name.as_str());
        if is_small && bytes > MAX_KEPT {
            return Err(Broken::Changed(name));
        }
        let mut measure = Measure::default();
        let mut content = Vec::new();
        let mut left = bytes;
        let mut chunk = vec![0; CHUNK];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let Some(piece) = chunk.get_mut(..most) else {
                return Err(Broken::NoBundle);
            };
            file.read_exact(piece)?;
            measure.add(piece);
            if is_small {
                content.extend_from_slice(piece);
            }
            left -= u64::try_from(most).unwrap_or(left);
        }
        zeros(file, padding(bytes))?;
        if is_small {
            kept.insert(name.clone(), content);
        }
        drop(path);
        found.push((header, measure.of(&name)));
    }
    zeros(file, BLOCK)?;
    if file.read(&mut [0])? > 0 {
        return Err(Broken::NoBundle);
    }
    let part = |name: &str| {
        kept.get(name)
            .ok_or_else(|| Broken::Missing(name.to_owned()))
    };
    let pem = String::from_utf8_lossy(part(KEY)?).into_owned();
    let json = part(MANIFEST)?;
    if !PublicKey::from_pem(&pem)?.verify_rsa_sha256(json, part(SIGNATURE)?) {
        return Err(Broken::Signature);
    }
    let manifest: BundleManifest = serde_json::from_slice(json)?;
    if manifest.format != FORMAT {
        return Err(Broken::NoBundle);
    }
    let own = |name: &str| [MANIFEST, SIGNATURE].contains(&name);
    let mut names: Vec<&str> = manifest
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    names.extend([MANIFEST, SIGNATURE]);
    names.sort_unstable();
    for (place, (header_found, file)) in found.iter().enumerate() {
        let listed = manifest
            .files
            .iter()
            .find(|listed| listed.name == file.name);
        match listed {
            None if !own(&file.name) => return Err(Broken::Unlisted(file.name.clone())),
            Some(listed) if listed != file => return Err(Broken::Changed(file.name.clone())),
            Some(_) | None => (),
        }
        let expected = header(&file.name, file.bytes, manifest.published)?;
        let in_place = names.get(place) == Some(&file.name.as_str());
        if !in_place || expected.as_bytes() != header_found.as_bytes() {
            return Err(Broken::Changed(file.name.clone()));
        }
    }
    if let Some(missing) = names.get(found.len()) {
        return Err(Broken::Missing((*missing).to_owned()));
    }
    Ok((manifest, Sha256::of(&pem).hex()))
}

/// Reads bytes that have to be zero.
fn zeros(file: &mut impl Read, count: usize) -> Result<(), Broken> {
    let mut bytes = vec![0; count];
    file.read_exact(&mut bytes)?;
    if bytes.iter().all(|byte| *byte == 0) {
        Ok(())
    } else {
        Err(Broken::NoBundle)
    }
}
