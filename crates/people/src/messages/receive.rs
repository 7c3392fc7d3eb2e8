//! What whoever reported writes to us.

use commonweal_core::events::Event;
use commonweal_core::{DbError, Tx, args, jobs, sql};
use commonweal_records::matters::{REPORT_SUBJECT, Report};
use serde_json::json;

use super::model::Channel;
use super::send::Sender;
use super::store::{self, NewMessage};
use crate::reporting::{ALERT, Rules};

/// Stores what somebody wrote on the tracking page and tells the owner. Words that somebody must see
/// now put the matter at the top and alert, as in a report.
pub(crate) async fn receive(
    tx: &mut Tx,
    sender: &Sender,
    rules: &Rules,
    report: &Report,
    words: &str,
    once: Option<&str>,
) -> Result<(), DbError> {
    if let Some(once) = once
        && store::sent_before(tx, once).await?
    {
        tx.record(Event::new(
            REPORT_SUBJECT,
            report.id.0,
            "report.message_again",
            json!({}),
        ));
        return Ok(());
    }
    add(tx, sender, report, words, once).await?;
    if !rules.hot_words.find(words).is_empty() {
        tx.run(
            sql!("update matters set urgent = true, version = version + 1 where id = $1"),
            args![report.matter],
        )
        .await?;
        jobs::enqueue(tx, ALERT, json!({ "report": report.id })).await?;
    }
    Ok(())
}

/// Notes that somebody added files on the tracking page, and tells the owner.
pub(crate) async fn files_received(
    tx: &mut Tx,
    sender: &Sender,
    report: &Report,
    how_many: usize,
) -> Result<(), DbError> {
    let words = match how_many {
        1 => "One file was added.".to_owned(),
        more => format!("{more} files were added."),
    };
    add(tx, sender, report, &words, None).await
}

async fn add(
    tx: &mut Tx,
    sender: &Sender,
    report: &Report,
    words: &str,
    once: Option<&str>,
) -> Result<(), DbError> {
    let new = NewMessage {
        report: report.id,
        direction: "in",
        channel: Channel::Page,
        template: None,
        subject: "",
        body: words,
        on_page: true,
        state: "received",
        why: None,
        send_after: None,
        delivery: None,
        dedup: once,
    };
    let id = store::add(tx, &new).await?;
    let message = store::load(tx, id).await?;
    super::jobs::tell_owner(tx, sender, &message).await
}
