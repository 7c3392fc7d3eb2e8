//! Uploaded files: kept by the hash of their content, written before the record that names
//! them, so that a record never names a file that is not there; what no record names is
//! swept after a while.
//!
//! Content that somebody marked as perhaps an indecent image of a child (table `blocked_files`) is given
//! to nobody: the store itself asks before it opens anything, so that no page can forget to. It is kept
//! as it is until it is released, whatever becomes of the records that name it.

mod blocked;
mod clean;
mod sweep;
mod types;

use std::fmt;
use std::path::Path as FsPath;
use std::sync::Arc;

use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
pub use img_parts::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetResult, ObjectStore, ObjectStoreExt as _, WriteMultipart};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use blocked::blocked_among;
pub use clean::without_metadata;
pub use types::{DOCUMENTS, IMAGES, MEDIA, MediaType, detect};

use crate::db::{DbError, Tx};
use crate::ids::uuid_at;
use crate::{Clock, Db, args, sql};

/// How much of a file's beginning tells its type.
const HEAD: usize = 64 * 1024;

/// A file's name in the store: the SHA-256 of its content, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(String);

impl FileId {
    /// The hash in hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    fn path(&self) -> Path {
        Path::from(format!("{}/{}", &self.0[..2], self.0))
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for FileId {
    type Err = crate::ids::NotAnId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good = text.len() == 64
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        good.then(|| Self(text.to_owned()))
            .ok_or(crate::ids::NotAnId)
    }
}

/// What an upload may be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest size in bytes.
    pub bytes: u64,
    /// The types taken: [`IMAGES`], [`DOCUMENTS`], [`MEDIA`] or a choice of them.
    pub types: Vec<MediaType>,
}

impl Limits {
    /// Photographs and documents up to a size in megabytes.
    #[must_use]
    pub fn evidence(megabytes: u32) -> Self {
        Self {
            bytes: u64::from(megabytes) * 1_000_000,
            types: [IMAGES, DOCUMENTS, MEDIA].concat(),
        }
    }
}

/// A file that is in the store, not yet named by a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its hash.
    pub id: FileId,
    /// Its size in bytes.
    pub size: u64,
    /// Its type, by content.
    pub media_type: MediaType,
}

/// Why a file cannot be taken or given.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Nothing in it.
    #[error("The file is empty. Choose another.")]
    Empty,
    /// Too large; the limit in bytes.
    #[error("The file is larger than {} MB. Choose a smaller one.", .0 / 1_000_000)]
    TooLarge(u64),
    /// Its content is of no type that is taken here, whatever its name says.
    #[error("This type of file is not taken here. Choose one of: {0}.")]
    Type(String),
    /// The upload broke off.
    #[error("The upload broke off. Try again.")]
    BrokenOff,
    /// The file is not in the store.
    #[error("This file is not there any more.")]
    Missing,
    /// Somebody marked its content as perhaps an indecent image of a child.
    #[error("This file was stopped, because it may be illegal. It cannot be used.")]
    Stopped,
    /// Whether it was stopped cannot be asked: then it is not given.
    #[error("whether a file was stopped cannot be asked: {0}")]
    Unasked(DbError),
    /// The store failed.
    #[error("the file store: {0}")]
    Store(object_store::Error),
}

impl From<object_store::Error> for FilesError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            other => Self::Store(other),
        }
    }
}

/// The store of files. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    db: Db,
    clock: Clock,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Files {
    /// A store in a folder, which is made where it is absent. What it acknowledges is on the disk.
    /// The database says what was stopped.
    ///
    /// # Errors
    /// [`FilesError::Store`] where the folder cannot be made.
    pub fn local(folder: &FsPath, db: &Db, clock: &Clock) -> Result<Self, FilesError> {
        std::fs::create_dir_all(folder).map_err(|error| {
            FilesError::Store(object_store::Error::Generic {
                store: "folder",
                source: Box::new(error),
            })
        })?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            db: db.clone(),
            clock: clock.clone(),
        })
    }

    /// Stores bytes.
    ///
    /// # Errors
    /// [`FilesError`].
    pub async fn put(
        &self,
        bytes: impl Into<Bytes>,
        limits: &Limits,
    ) -> Result<Stored, FilesError> {
        let one = stream::iter([Ok::<_, FilesError>(bytes.into())]);
        self.put_stream(one, limits).await
    }

    /// Stores a stream without holding it in memory; refuses it as soon as it is too large.
    ///
    /// # Errors
    /// [`FilesError`]; an error of the stream is [`FilesError::BrokenOff`].
    pub async fn put_stream<E>(
        &self,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
        limits: &Limits,
    ) -> Result<Stored, FilesError> {
        let incoming = Path::from(format!("incoming/{}", uuid_at(self.clock.now())));
        let mut upload = WriteMultipart::new(self.store.put_multipart(&incoming).await?);
        match self.take(content, limits, &mut upload).await {
            Ok(stored) => {
                upload.finish().await?;
                // The same content again renews the file's age, which keeps the sweep off it.
                self.store.rename(&incoming, &stored.id.path()).await?;
                Ok(stored)
            }
            Err(error) => {
                upload.abort().await?;
                Err(error)
            }
        }
    }

    async fn take<E>(
        &self,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
        limits: &Limits,
        upload: &mut WriteMultipart,
    ) -> Result<Stored, FilesError> {
        let mut content = std::pin::pin!(content);
        let (mut hash, mut size, mut head) = (Sha256::new(), 0_u64, Vec::new());
        while let Some(part) = content.next().await {
            let part = part.map_err(|_| FilesError::BrokenOff)?;
            size += part.len() as u64;
            if size > limits.bytes {
                return Err(FilesError::TooLarge(limits.bytes));
            }
            let wanted = part.len().min(HEAD - head.len());
            head.extend_from_slice(&part[..wanted]);
            hash.update(&part);
            upload.wait_for_capacity(4).await?;
            upload.put(part);
        }
        if size == 0 {
            return Err(FilesError::Empty);
        }
        let media_type = detect(&head).filter(|found| limits.types.contains(found));
        Ok(Stored {
            id: FileId(hex::encode(hash.finalize())),
            size,
            media_type: media_type.ok_or_else(|| FilesError::Type(types::names(&limits.types)))?,
        })
    }

    /// The only way to a file's content.
    async fn open(&self, id: &FileId) -> Result<GetResult, FilesError> {
        if blocked::is_blocked(&self.db, id).await? {
            return Err(FilesError::Stopped);
        }
        Ok(self.store.get(&id.path()).await?)
    }

    /// The whole content, unchanged: for those who may have the original.
    ///
    /// # Errors
    /// [`FilesError`]; [`FilesError::Stopped`] for what nobody may have.
    pub async fn get(&self, id: &FileId) -> Result<Bytes, FilesError> {
        Ok(self.open(id).await?.bytes().await?)
    }

    /// The content as a stream, unchanged.
    ///
    /// # Errors
    /// [`FilesError`].
    pub async fn stream(
        &self,
        id: &FileId,
    ) -> Result<impl Stream<Item = Result<Bytes, FilesError>> + use<>, FilesError> {
        let content = self.open(id).await?.into_stream();
        Ok(content.map_err(FilesError::from))
    }

    /// A photograph to show in a page: without place, time, camera, names or thumbnails, the
    /// right way up. None where the type is not one that pages show.
    ///
    /// # Errors
    /// [`FilesError`].
    pub async fn display(&self, id: &FileId) -> Result<Option<(MediaType, Bytes)>, FilesError> {
        let content = self.get(id).await?;
        Ok(detect(&content)
            .and_then(|found| without_metadata(found, content).map(|clean| (found, clean))))
    }

    /// Names a stored file in a record, in the record's own transaction; returns the id of
    /// this use. `name` is the name that the file had.
    ///
    /// # Errors
    /// [`DbError::Refused`] where the file was swept meanwhile and must be uploaded again.
    pub async fn attach(
        &self,
        tx: &mut Tx,
        stored: &Stored,
        subject_kind: &str,
        subject: impl Into<Uuid>,
        name: &str,
    ) -> Result<Uuid, DbError> {
        let (now, actor) = (tx.now(), tx.actor().user);
        let size = i64::try_from(stored.size).unwrap_or(i64::MAX);
        tx.run(
            sql!(
                "insert into files (sha256, size, media_type, created_at) values ($1, $2, $3, $4)
                 on conflict (sha256) do nothing"
            ),
            args![stored.id.as_str(), size, stored.media_type.as_str(), now],
        )
        .await?;
        // After the row, which holds the sweep off: see `sweep`.
        if self.store.head(&stored.id.path()).await.is_err() {
            return Err(DbError::Refused(
                "the uploaded file is not there any more".to_owned(),
            ));
        }
        let id = uuid_at(now);
        tx.run(
            sql!(
                "insert into file_uses (id, sha256, subject_kind, subject, name, created_at, created_by)
                 values ($1, $2, $3, $4, $5, $6, $7)"
            ),
            args![
                id,
                stored.id.as_str(),
                subject_kind,
                subject.into(),
                name,
                now,
                actor
            ],
        )
        .await?;
        Ok(id)
    }
}

/// Takes a file away from a record; it is swept where no other record names it.
///
/// # Errors
/// [`DbError::NotFound`] where there is no such use; [`DbError::Refused`] where the file was stopped:
/// what it was found with is evidence, too.
pub async fn detach(tx: &mut Tx, file_use: Uuid) -> Result<(), DbError> {
    if blocked::is_blocked_use(tx, file_use).await? {
        return Err(DbError::Refused(
            "The file was stopped, because it may be illegal. It stays as it is".to_owned(),
        ));
    }
    match tx
        .run(sql!("delete from file_uses where id = $1"), args![file_use])
        .await?
    {
        0 => Err(DbError::NotFound),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
