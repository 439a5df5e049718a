//! The surface table as text.

use studio::view::{FunctionView, GlobalView, ModuleDetails, ModuleView, ModulesView};

use super::table::Table;

/// Columns of a list of names.
const WIDTH: usize = 100;

/// Every module, then the names without `require`.
pub(crate) fn modules(all: &ModulesView) -> String {
    let mut table = Table::new(["module", "status", "stands in", "functions"]);
    for module in &all.modules {
        table.row([module.name.clone(), status(&module.status), stands_in(module), functions_there(module)]);
    }
    let mut out = format!("{table}\nFunctions: how many of Node {}'s, or the package's, are there.\n", all.node);
    let names = |wanted: &dyn Fn(&GlobalView) -> bool| -> Vec<&str> {
        all.globals.iter().filter(|global| wanted(global)).map(|global| global.name.as_str()).collect()
    };
    let there =
        |global: &GlobalView| global.kind != "implicit" && global.kind != "language" && global.status != "absent";
    paragraph(&mut out, "Names without require", &names(&there));
    paragraph(
        &mut out,
        "Names without require of the platform before Node 16, with a warning",
        &names(&|global| global.kind == "implicit"),
    );
    paragraph(&mut out, "Absent names", &names(&|global| global.status == "absent"));
    if !all.differences.is_empty() {
        out.push_str("\nWhat differs from Node beyond single modules:\n");
        all.differences.iter().for_each(|text| out.push_str(&format!("  - {text}\n")));
    }
    out.push_str("\nModules that will not come:\n");
    let mut table = Table::new(["", ""]);
    for unavailable in &all.unavailable {
        table.row([format!("  {}", unavailable.name), unavailable.reason.clone()]);
    }
    out.push_str(table.to_string().trim_start_matches('\n'));
    out.push_str("\n`sluice modules NAME` shows a module's functions and what differs.\n");
    out
}

/// One module or global with its functions.
pub(crate) fn module(one: &ModuleDetails) -> String {
    let mut out = String::new();
    if let Some(global) = &one.global {
        out.push_str(&format!("{}  {}\n", global.name, promised(global)));
        global.differences.iter().for_each(|text| out.push_str(&format!("  - {text}\n")));
    }
    if let Some(module) = &one.module {
        let stands_in = stands_in(module);
        let package = if stands_in.is_empty() { String::new() } else { format!(", {stands_in}") };
        out.push_str(&format!("{}  {}{package}\n", module.name, status(&module.status)));
        module.differences.iter().for_each(|text| out.push_str(&format!("  - {text}\n")));
    }
    for (status, title) in [
        ("real", "The package's own code"),
        ("polyfill", "From a polyfill"),
        ("bridged", "Bridged to native code or the host, or Sluice's own"),
        ("absent", "Absent"),
        ("extra", "Beyond Node's"),
    ] {
        let of = |function: &&FunctionView| function.status == status;
        let names: Vec<&str> = one.functions.iter().filter(of).map(|function| function.name.as_str()).collect();
        paragraph(&mut out, title, &names);
    }
    out
}

fn status(status: &str) -> String {
    if status == "package" { "real package".to_owned() } else { status.to_owned() }
}

fn stands_in(module: &ModuleView) -> String {
    match (&module.package, &module.version) {
        (Some(package), Some(version)) => format!("{package} {version}"),
        _ => String::new(),
    }
}

fn functions_there(module: &ModuleView) -> String {
    match (module.present, module.absent) {
        (0, 0) => "-".to_owned(),
        (present, 0) => format!("all {present}"),
        (present, absent) => format!("{present} of {}", present + absent),
    }
}

fn promised(global: &GlobalView) -> String {
    let of = match global.kind.as_str() {
        "implicit" => "a global of the platform before Node 16",
        "contract" => "a global of the platform",
        "language" => "of the language",
        _ => "a global of Node",
    };
    match (&global.module, global.status.as_str()) {
        (_, "absent") => format!("{of}; absent"),
        (Some(module), _) => format!("{of}; require('{module}')"),
        (None, _) => of.to_owned(),
    }
}

/// A title with its count, and names in lines of a page's width.
fn paragraph(out: &mut String, title: &str, names: &[&str]) {
    if names.is_empty() {
        return;
    }
    out.push_str(&format!("\n{title} ({}):\n", names.len()));
    let mut line = String::from(" ");
    for (index, name) in names.iter().enumerate() {
        let comma = if index + 1 < names.len() { "," } else { "" };
        if line.len() + name.len() + 2 > WIDTH && line.len() > 1 {
            out.push_str(&format!("{line}\n"));
            line = String::from(" ");
        }
        line.push_str(&format!(" {name}{comma}"));
    }
    out.push_str(&format!("{line}\n"));
}

#[cfg(test)]
mod tests {
    use super::paragraph;

    #[test]
    fn names_flow_into_lines() {
        let mut out = String::new();
        let long = "x".repeat(60);
        paragraph(&mut out, "Names", &["a", &long, &long, "b"]);
        assert_eq!(out, format!("\nNames (4):\n  a, {long},\n  {long}, b\n"));
        paragraph(&mut out, "None", &[]);
        assert!(!out.contains("None"));
    }
}
