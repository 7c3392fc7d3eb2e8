//! The ranking of a view as GeoJSON (RFC 7946), with what must be said as foreign members.

use serde_json::{Value, json};

use super::Statements;
use super::files::finite;
use crate::cube::{By, Snapshot};
use crate::map::shapes::{cell_geometry, geometry};
use crate::ranking::{Ranked, Ranking};
use crate::view::View;

pub(super) fn write(
    snapshot: &Snapshot,
    view: &View,
    ranking: &Ranking,
    statements: &Statements,
) -> String {
    let head = json!({
        "title": format!("Incidents by place: {}", statements.filter),
        "filter": statements.filter,
        "counted_by": statements.counted_by,
        "incidents": ranking.total,
        "elsewhere": ranking.elsewhere,
        "url": statements.address,
        "made": statements.made,
        "made_up_data": statements.made_up,
        "statements": statements.all,
        "comparison": ranking.comparison_note,
    })
    .to_string();
    // The members of `head` with the collection's own around them: shapes are text already.
    let mut out = String::with_capacity(512 * ranking.places.len() + head.len());
    out.push_str("{\"type\":\"FeatureCollection\",");
    out.push_str(head.trim_start_matches('{').trim_end_matches('}'));
    out.push_str(",\"features\":[");
    for (n, place) in ranking.places.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        out.push_str("\n{\"type\":\"Feature\",\"id\":");
        out.push_str(&Value::from(place.code.as_str()).to_string());
        out.push_str(",\"geometry\":");
        out.push_str(&shape(snapshot, view, place.slot));
        out.push_str(",\"properties\":");
        out.push_str(&properties(place).to_string());
        out.push('}');
    }
    out.push_str("]}\n");
    out
}

fn shape(snapshot: &Snapshot, view: &View, slot: usize) -> String {
    let cells = match &view.by {
        By::Area(_) => {
            let area = view.area_set(snapshot).and_then(|set| set.areas.get(slot));
            return area.map_or_else(|| "null".to_owned(), |area| geometry(&area.geometry, 6));
        }
        By::Cell9 => &snapshot.cells9,
        By::Cell8 => &snapshot.cells8,
    };
    cells
        .cells
        .get(slot)
        .map_or_else(|| "null".to_owned(), |cell| cell_geometry(*cell))
}

fn properties(place: &Ranked) -> Value {
    let (rate, change) = (place.rate, place.change);
    json!({
        "rank": place.rank,
        "code": place.code,
        "name": place.name,
        "count": place.count,
        "share": place.share,
        "population": place.population,
        "rate_per_1000": rate.map(|rate| rate.per_1000),
        "rate_lower": rate.map(|rate| rate.interval.lower),
        "rate_upper": rate.and_then(|rate| finite(rate.interval.upper)),
        "count_year_before": place.compared.map(|(_, before)| before),
        "change": change.map(|change| change.estimate),
        "change_lower": change.map(|change| change.interval.lower),
        "change_upper": change.and_then(|change| finite(change.interval.upper)),
        "deprivation_decile": place.decile,
    })
}
