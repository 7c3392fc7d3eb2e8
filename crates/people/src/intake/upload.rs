//! A file that a page was sent.

use commonweal_access::web::{PageError, Upload};
use commonweal_govuk::Form;

/// The file of the field `file`: its name, its ending and its content; other fields go into the form. None
/// where something is wrong, which then stands at the field.
pub(super) async fn read(
    mut sent: Upload,
    form: &mut Form,
    most: usize,
) -> Result<Option<(String, String, Vec<u8>)>, PageError> {
    let broken = || PageError::Invalid("The file did not arrive whole. Send it again.".to_owned());
    let mut found = None;
    while let Some(mut field) = sent.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            let value = field.text().await.map_err(|_| broken())?;
            form.set(name, value);
            continue;
        }
        let file = field.file_name().unwrap_or_default().to_owned();
        let file = file.rsplit(['/', '\\']).next().unwrap_or_default();
        let file: String = file.chars().filter(|c| !c.is_control()).take(200).collect();
        let mut bytes = Vec::new();
        while let Some(part) = field.chunk().await.map_err(|_| broken())? {
            if bytes.len() + part.len() > most {
                let words = format!("The file must be smaller than {} MB", most / 1_000_000);
                form.errors.add("file", words);
                // The rest of a file that is too large is not waited for.
                return Ok(None);
            }
            bytes.extend_from_slice(&part);
        }
        if !file.is_empty() || !bytes.is_empty() {
            let ending = file
                .rsplit_once('.')
                .map_or("", |parts| parts.1)
                .to_lowercase();
            found = Some((file, ending, bytes));
        }
    }
    if found.is_none() {
        form.errors.add("file", "Choose a file");
    }
    Ok(found)
}
