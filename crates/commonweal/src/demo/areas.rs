//! The made-up areas with their figures.

use super::content::Content;
use super::dice::Dice;
use super::land::Ground;
use super::shape;
use super::{Area, AreaKind, Postcode, Tenure};

/// The code of the neighbourhood of that number.
pub(super) fn neighbourhood_code(number: usize) -> String {
    format!("DEMO-N{:03}", number + 1)
}

/// The whole, the divisions and the neighbourhoods with their made-up figures.
pub(super) fn areas(
    content: &Content,
    ground: &Ground,
    divisions: &[&str],
    division_of_place: &[usize],
    postcodes: &[Postcode],
    dice: &mut Dice,
) -> Vec<Area> {
    let mut residents = vec![0; ground.seeds.len()];
    for postcode in postcodes {
        residents[postcode.neighbourhood] += postcode.residents;
    }
    let borders = ground.borders();
    let mut corners = shape::Corners::default();
    let mut area = |kind, code, name: &str, members: &[usize]| Area {
        kind,
        code,
        name: name.to_owned(),
        polygon: corners.polygon(&shape::joined(members.iter().map(|n| &borders[*n]))),
        population: members.iter().map(|n| residents[*n]).sum(),
        decile: None,
        tenure: None,
        division: None,
    };
    let division_of = |n: usize| division_of_place[ground.seeds[n].place];
    let everything: Vec<usize> = (0..ground.seeds.len()).collect();
    let mut all = vec![area(
        AreaKind::Partnership,
        "DEMO-P1".to_owned(),
        &content.house.short_name,
        &everything,
    )];
    for (number, name) in divisions.iter().enumerate() {
        let members: Vec<usize> = (everything.iter().copied())
            .filter(|n| division_of(*n) == number)
            .collect();
        let code = format!("DEMO-D{:02}", number + 1);
        all.push(area(AreaKind::Division, code, name, &members));
    }
    for (number, seed) in ground.seeds.iter().enumerate() {
        let code = neighbourhood_code(number);
        let mut one = area(AreaKind::Neighbourhood, code, &seed.name, &[number]);
        let decile = f64::from(content.land.places[seed.place].decile) + dice.between(-2.0, 2.0);
        let decile = decile.round().clamp(1.0, 10.0);
        let share = |value: f64| (value * 1_000.0).round() / 1_000.0;
        let owned = share(0.38 + 0.045 * decile + dice.between(-0.05, 0.05));
        let social = share((1.0 - owned) * dice.between(0.45, 0.65));
        one.decile = Some(decile as u8);
        one.tenure = Some(Tenure {
            owned,
            social,
            private: share(1.0 - owned - social),
        });
        one.division = Some(format!("DEMO-D{:02}", division_of(number) + 1));
        all.push(one);
    }
    all
}
