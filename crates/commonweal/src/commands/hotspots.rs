//! `commonweal hotspots`

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use commonweal_core::Clock;
use commonweal_places::cube::{Cube, Filter, Kind, Snapshot};
use commonweal_places::hotspots::{
    Asked, PolygonOptions, cells_geojson, hot_cells, points_of_files, polygons,
};
use commonweal_records::Month;
use commonweal_records::geography::locate::cells_within;
use commonweal_records::geography::shapes::{AreaOptions, read_areas};
use commonweal_records::imports::read::police_uk::CATEGORIES;
use geo::MultiPolygon;
use h3o::{CellIndex, Resolution};

use super::Opened;
use crate::cli::Hotspots;
use crate::failure::Failure;
use crate::say;

/// The incidents to look at, and what is known of where they lie.
struct Input {
    name: String,
    from: Month,
    to: Month,
    points: Vec<Option<(f64, f64)>>,
    /// The partnership's own area, where the database knows it.
    area: Option<MultiPolygon<f64>>,
    residents: Option<HashMap<CellIndex, f64>>,
}

pub(crate) async fn run(asked: &Hotspots) -> Result<ExitCode, Failure> {
    if asked.common.json && asked.out.is_none() {
        return Err(Failure::usage(
            "--json needs --out FILE, since both would write on stdout",
        ));
    }
    let (geojson, told) = match &asked.areas {
        Some(areas) => over_polygons(asked, areas).await?,
        None => over_cells(asked).await?,
    };
    let text = serde_json::to_string(&geojson).map_err(|error| Failure::new(error.to_string()))?;
    match &asked.out {
        Some(out) => fs::write(out, text)
            .map_err(|error| Failure::new(format!("{}: {error}", out.display())))?,
        None => say::line(&text),
    }
    match (&asked.out, asked.common.json) {
        (Some(_), true) => say::json(&told)?,
        (Some(out), false) => say::line(&format!("{}: {}", out.display(), told_in_words(&told))),
        (None, _) => say::to_stderr(&told_in_words(&told)),
    }
    Ok(ExitCode::SUCCESS)
}

fn told_in_words(told: &serde_json::Value) -> String {
    let number = |name: &str| {
        told.get(name)
            .map_or_else(|| "0".to_owned(), ToString::to_string)
    };
    format!(
        "{} places, {} incidents counted, {} elsewhere; {} significant at a false discovery rate of 5 %",
        number("places"),
        number("counted"),
        number("dropped"),
        number("significant")
    )
}

/// What was done, in numbers.
fn told(
    geojson: &serde_json::Value,
    counted: Option<u64>,
    dropped: Option<u64>,
) -> serde_json::Value {
    let features = geojson
        .get("features")
        .and_then(serde_json::Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let significant = features
        .iter()
        .filter(|feature| feature["properties"]["significant"] == true)
        .count();
    serde_json::json!({
        "places": features.len(),
        "significant": significant,
        "counted": counted,
        "dropped": dropped,
        "asked": geojson.get("commonweal").and_then(|told| told.get("asked")),
    })
}

async fn over_polygons(
    asked: &Hotspots,
    areas: &Path,
) -> Result<(serde_json::Value, serde_json::Value), Failure> {
    let text = fs::read_to_string(areas)
        .map_err(|error| Failure::new(format!("{}: {error}", areas.display())))?;
    let options = PolygonOptions {
        value: asked.value.clone(),
        population: asked.population.clone(),
    };
    let points = if asked.value.is_some() {
        Vec::new()
    } else if asked.input.is_empty() {
        return Err(Failure::usage(
            "say what to count (police.uk files or `database`), or which property with --value",
        ));
    } else {
        input(asked, Resolution::Nine).await?.points
    };
    let out = polygons(&text, &options, &points)
        .map_err(|e| Failure::new(format!("{}: {e}", areas.display())))?;
    let dropped = out["commonweal"]["dropped"].as_u64();
    let counted = dropped.map(|dropped| points.len() as u64 - dropped);
    let told = told(&out, counted, dropped);
    Ok((out, told))
}

async fn over_cells(asked: &Hotspots) -> Result<(serde_json::Value, serde_json::Value), Failure> {
    let resolution = resolution(asked.cells.as_deref().unwrap_or("h3:9"))?;
    if asked.input.is_empty() {
        return Err(Failure::usage(
            "say what to count: police.uk files or folders, or `database`",
        ));
    }
    let input = input(asked, resolution).await?;
    let (area, within) = match (&asked.within, &input.area) {
        (Some(file), _) => (
            Some(cells_within(&area_of(file)?, resolution)),
            file.display().to_string(),
        ),
        (None, Some(area)) => (
            Some(cells_within(area, resolution)),
            "the partnership's area".to_owned(),
        ),
        (None, None) => (
            None,
            "cells with incidents and one ring around them".to_owned(),
        ),
    };
    let hot = hot_cells(input.points, area, input.residents.as_ref(), resolution)?;
    let answer = Asked {
        input: input.name,
        from: input.from,
        to: input.to,
        kind: asked.kind.clone(),
        cells: format!("h3:{}", u8::from(resolution)),
        within,
        weights: "binary, ring 1, self included",
        rates: input.residents.is_some(),
    };
    let out = cells_geojson(&hot, &answer);
    let told = told(&out, Some(hot.counted), Some(hot.dropped));
    Ok((out, told))
}

fn resolution(text: &str) -> Result<Resolution, Failure> {
    let number = text
        .strip_prefix("h3:")
        .and_then(|number| number.parse::<u8>().ok());
    match number.and_then(|number| Resolution::try_from(number).ok()) {
        Some(resolution) if (5..=9).contains(&u8::from(resolution)) => Ok(resolution),
        Some(resolution) if u8::from(resolution) > 9 => Err(Failure::usage(format!(
            "--cells {text}: police.uk points are moved to map points, so nothing finer than h3:9 is honest"
        ))),
        _ => Err(Failure::usage(format!("--cells {text}: give h3:5 to h3:9"))),
    }
}

fn month(name: &str, text: Option<&String>) -> Result<Option<Month>, Failure> {
    text.map(|text| {
        text.parse()
            .map_err(|_| Failure::usage(format!("{name} {text}: give a month such as 2025-01")))
    })
    .transpose()
}

fn kind(text: &str) -> Kind {
    match text {
        "asb" => Kind::Asb,
        "all" => Kind::All,
        code => Kind::Category(code.to_owned()),
    }
}

/// Refuses a type that nobody records, rather than answer that there is none of it.
fn known(text: &str, codes: &[&str]) -> Result<(), Failure> {
    if ["asb", "all"].contains(&text) || codes.contains(&text) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--type {text}: give asb, all, or one of {}",
        codes.join(", ")
    )))
}

/// The area that a file's polygons cover together.
fn area_of(file: &Path) -> Result<MultiPolygon<f64>, Failure> {
    let refuse = |error: String| Failure::new(format!("{}: {error}", file.display()));
    let reader = fs::File::open(file).map_err(|error| refuse(error.to_string()))?;
    let name = file.display().to_string();
    let areas = read_areas(&name, reader, &AreaOptions::default())
        .map_err(|error| Failure::new(error.to_string()))?;
    Ok(MultiPolygon(
        areas
            .shapes
            .into_iter()
            .flat_map(|shape| shape.geometry)
            .collect(),
    ))
}

async fn input(asked: &Hotspots, resolution: Resolution) -> Result<Input, Failure> {
    let from = month("--from", asked.from.as_ref())?;
    let to = month("--to", asked.to.as_ref())?;
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Failure::usage(format!("--from {from} is after --to {to}")));
    }
    if asked.input == [Path::new("database")] {
        return from_database(asked, from, to, resolution).await;
    }
    known(&asked.kind, &CATEGORIES.map(|category| category.code))?;
    let (paths, kind) = (asked.input.clone(), kind(&asked.kind));
    let today = Clock::System.today();
    let read = tokio::task::spawn_blocking(move || points_of_files(&paths, &kind, today))
        .await
        .map_err(|error| Failure::new(error.to_string()))??;
    if read.rejected > 0 {
        say::to_stderr(&format!(
            "{} rows could not be read and are left out",
            read.rejected
        ));
    }
    let months = read.points.iter().map(|(month, _)| *month);
    let from = from
        .or(months.clone().min())
        .unwrap_or(Month::from_index(0));
    let to = to.or(months.max()).unwrap_or(from);
    let points = read
        .points
        .into_iter()
        .filter(|(month, _)| (from..=to).contains(month))
        .map(|(_, at)| at)
        .collect();
    Ok(Input {
        name: format!("{} police.uk files", read.files),
        from,
        to,
        points,
        area: None,
        residents: None,
    })
}

async fn from_database(
    asked: &Hotspots,
    from: Option<Month>,
    to: Option<Month>,
    resolution: Resolution,
) -> Result<Input, Failure> {
    let opened = Opened::new(&asked.common, &[]).await?;
    let cube = Cube::new(opened.db.clone());
    cube.refresh().await?;
    let snapshot = cube.snapshot();
    let Some((first, last)) = snapshot.period() else {
        return Err(Failure::new(
            "the database holds no incidents yet: import some first",
        ));
    };
    let codes: Vec<&str> = snapshot
        .categories
        .iter()
        .map(|category| category.code.as_str())
        .collect();
    known(&asked.kind, &codes)?;
    let filter = Filter {
        from: from.unwrap_or(first),
        to: to.unwrap_or(last),
        kind: kind(&asked.kind),
        qualifier: None,
        source: None,
        place: None,
        allowed: None,
    };
    let area = snapshot.home().map(|set| {
        MultiPolygon(
            set.areas
                .iter()
                .flat_map(|area| area.geometry.clone())
                .collect(),
        )
    });
    Ok(Input {
        name: "the database".to_owned(),
        from: filter.from,
        to: filter.to,
        points: snapshot.points(&filter),
        area,
        residents: residents(&snapshot, resolution),
    })
}

/// Residents of cells, where postcodes and population are known.
fn residents(snapshot: &Snapshot, resolution: Resolution) -> Option<HashMap<CellIndex, f64>> {
    snapshot.residents(resolution)
}
