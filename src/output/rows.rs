//! Routes as rows of this device (`output_routes`), both ways: what people set for a universe, undone like everything else.
//!
//! Universes without a row go by the default routes, which are a setting, not a row.

use std::collections::BTreeMap;

use super::routes::{Protocol, Route, Routes, To};
use crate::document::ground::Ground;
use crate::document::transaction::Transaction;
use crate::registry::{BadRow, Row, TableId, Value};
use uuid::Uuid;

const TABLE: TableId = TableId::OutputRoutes;
/// The setting that the default routes are kept under.
pub const DEFAULT_ROUTES: &str = "output_default_routes";

/// The default routes as they were kept.
pub fn default_routes(kept: Option<&str>) -> Option<Vec<Route>> {
    kept.and_then(|text| serde_json::from_str(text).ok())
}

/// A route of a universe, by the id of its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: Uuid,
    pub universe: u16,
    pub route: Route,
    order: i64,
}

fn entry(row: &Row) -> Result<Entry, BadRow> {
    let within = |column: &str, most: i64| row.int(column).map(|number| number.clamp(0, most));
    let protocol = match row.text("protocol")? {
        "sacn" => Protocol::Sacn,
        _ => Protocol::ArtNet,
    };
    let to = match row.maybe("target", |row, column| row.text(column).map(str::to_owned))? {
        Some(text) => text.parse().map_err(|error| row.bad("target", format!("{error}")))?,
        None => To::Auto,
    };
    let number = row.maybe("port_address", Row::int)?.and_then(|number| u16::try_from(number).ok());
    let route = Route {
        protocol,
        to,
        number,
        priority: within("priority", 200)? as u8,
        enabled: row.flag("enabled")?,
        delay_ms: within("delay_ms", 10_000)? as u16,
    };
    Ok(Entry { id: row.id(), universe: within("universe", 63_999)? as u16, route, order: row.int("display_order")? })
}

fn columns(route: &Route) -> [(&'static str, Value); 6] {
    let target = Some(route.to.to_string()).filter(|_| route.to != To::Auto);
    [
        ("protocol", if route.protocol == Protocol::Sacn { "sacn" } else { "artnet" }.into()),
        ("target", target.into()),
        ("port_address", route.number.map(i64::from).into()),
        ("enabled", i64::from(route.enabled).into()),
        ("priority", i64::from(route.priority).into()),
        ("delay_ms", i64::from(route.delay_ms).into()),
    ]
}

/// All of them, by universe, then as people arranged them; rows that make no sense are left out.
pub fn entries(ground: &Ground) -> Vec<Entry> {
    let mut found: Vec<Entry> = ground.rows(TABLE).filter_map(|row| entry(row).ok()).collect();
    found.sort_by_key(|entry| (entry.universe, entry.order, entry.id));
    found
}

/// The table that the output works by.
pub fn routes(entries: &[Entry], default: &[Route]) -> Routes {
    let mut universes: BTreeMap<u16, Vec<Route>> = BTreeMap::new();
    for entry in entries {
        universes.entry(entry.universe).or_default().push(entry.route.clone());
    }
    Routes { universes, ..Routes::of(default.to_vec()) }
}

/// One more route of a universe.
pub fn add(universe: u16, route: &Route) -> Result<Transaction, BadRow> {
    Ok(Transaction::new(format!("Route universe {universe}")).put(row(universe, route)?))
}

fn row(universe: u16, route: &Route) -> Result<Row, BadRow> {
    Row::new(TABLE, [("id", Uuid::now_v7().into()), ("universe", i64::from(universe).into())].into_iter().chain(columns(route)))
}

pub fn set(entry: &Entry, route: &Route) -> Transaction {
    Transaction::new(format!("Route universe {}", entry.universe))
        .set(TABLE, entry.id, columns(route))
        .grouped(format!("route {}", entry.id))
}

pub fn delete(entry: &Entry) -> Transaction {
    Transaction::new(format!("Delete a route of universe {}", entry.universe)).delete(TABLE, entry.id)
}

/// These universes by these routes, besides what they have; what is there already is not doubled.
pub fn add_all(entries: &[Entry], wanted: &[(u16, Route)], label: &str) -> Result<Transaction, BadRow> {
    let known = |universe: u16, route: &Route| {
        entries.iter().any(|entry| entry.universe == universe && (entry.route.to, entry.route.number) == (route.to, route.number))
    };
    let fresh = wanted.iter().filter(|(universe, route)| !known(*universe, route)).map(|(universe, route)| row(*universe, route));
    Ok(Transaction::new(label).put_all(fresh.collect::<Result<Vec<_>, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::history::Document;

    #[test]
    fn routes_come_back_from_their_rows_and_are_undone() {
        let mut document = Document::default();
        let wanted = [
            (3, Route { number: Some(0x123), delay_ms: 12, ..Route::artnet(To::Auto) }),
            (3, Route { priority: 150, enabled: false, ..Route::sacn("10.0.0.9:5569".parse().unwrap()) }),
            (1, Route::artnet("broadcast 10.255.255.255".parse().unwrap())),
        ];
        document.edit(&add_all(&[], &wanted, "Route").unwrap()).unwrap();
        let there = entries(document.ground());
        assert_eq!(there.iter().map(|entry| entry.universe).collect::<Vec<_>>(), [1, 3, 3]);
        assert!(wanted.iter().all(|(universe, route)| there.iter().any(|entry| (entry.universe, &entry.route) == (*universe, route))));
        assert_eq!(add_all(&there, &wanted, "Again").unwrap().ops, []);
        let other = Route::sacn(To::Multicast);
        document.edit(&set(&there[0], &other)).unwrap();
        assert_eq!(routes(&entries(document.ground()), &[]).routes(1), [other]);
        document.edit(&delete(&there[0])).unwrap();
        assert_eq!(routes(&entries(document.ground()), &[Route::default()]).routes(1), [Route::default()]);
        document.undo().unwrap();
        document.undo().unwrap();
        assert_eq!(entries(document.ground()), there);
    }
}
