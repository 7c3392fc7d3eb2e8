//! `commonweal audit verify`

use std::process::ExitCode;

use commonweal_core::audit;

use super::Opened;
use crate::cli::AuditVerify;
use crate::failure::Failure;
use crate::say;

/// Proves everything sealed, against the heads kept outside the database.
pub(crate) async fn verify(asked: &AuditVerify) -> Result<ExitCode, Failure> {
    let opened = Opened::new(&asked.common, &[]).await?;
    let file = asked
        .heads
        .clone()
        .unwrap_or_else(|| opened.config.data_dir.join(audit::FILE));
    if asked.heads.is_some() && !file.exists() {
        return Err(Failure::new(format!(
            "{}: there is no such file",
            file.display()
        )));
    }
    let known =
        audit::read(&file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    let report = audit::verify(&opened.db, &known).await?;
    let last = report
        .last
        .as_ref()
        .map(|head| serde_json::json!({"block": head.number, "hash": head.hash}));
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    if asked.common.json {
        say::json(&serde_json::json!({
            "ok": findings.is_empty(), "blocks": report.blocks, "sealed": report.sealed,
            "unsealed": report.unsealed, "heads": report.heads, "last": last, "findings": findings,
        }))?;
    } else {
        say::line(&format!(
            "{} entries in {} blocks, compared with {} heads kept outside; {} not sealed yet",
            report.sealed, report.blocks, report.heads, report.unsealed
        ));
        for finding in &findings {
            say::line(&format!("    {finding}"));
        }
        if let Some(head) = &report.last {
            say::line(&format!("Last block {}: {}", head.number, head.hash));
        }
    }
    if findings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::new(format!(
        "the audit is not as it was sealed: {}",
        findings.join("; ")
    )))
}
