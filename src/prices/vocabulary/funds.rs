//! Names of quantities of a whole fund: its assets, the units in issue, the holders, inflows and outflows.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::normal::normal;

const QUANTITIES: &[&str] = &[
    // English.
    "net assets|total net assets|total net asset|total netasset|net asset|fund net assets|fund size|fund assets",
    "assets under management|class assets|share class assets|total fund assets|fund aum|total aum|fund total assets",
    "unitholders|unit holders|shareholders|holders|number of holders|no of holders|number of investors|investors",
    "units outstanding|outstanding units|units in issue|shares in issue|number of units|total units|units issued",
    "net flow|net flows|fund flow|fund flows|inflow|inflows|outflow|outflows|subscriptions|redemptions",
    // Portuguese and Spanish, with the names that the regulators of Brazil and Chile use.
    "patrimonio|patrimonio liquido|patrimonio neto|patrimonio total|vl patrim liq|vl patrimonio liquido|vl total",
    "cotistas|numero de cotistas|no de cotistas|n de cotistas|nr cotst|nr cotistas|total de cotistas|captacao|captacoes",
    "captacao liquida|resgate|resgates|captc dia|resg dia|participes|numero de participes|num participes|n participes",
    "aportantes|numero de aportantes|cuotas en circulacion|numero de cuotas|activo neto|activos netos|activo total",
    "suscripciones|reembolsos|aportes|rescates|cuotas aportadas|cuotas rescatadas|patrimonio del fondo",
    // French, Italian and German.
    "actif net total|actif net du fonds|encours|nombre de parts|nombre d actions|souscriptions|rachats",
    "patrimonio netto|patrimonio gestito|patrimonio del comparto|numero quote|numero di quote",
    "fondsvolumen|fondsvermogen|fondsvermoegen|nettofondsvermogen|nettofondsvermoegen|volumen des fonds|fondsgrosse",
    "anteile im umlauf|umlaufende anteile|anzahl anteile|ausstehende anteile|nettovermogen",
    // Turkish.
    "fon toplam deger|toplam deger|fon toplam degeri|portfoy buyuklugu|portfoy degeri|kisi sayisi|yatirimci sayisi",
    "tedavuldeki pay sayisi|tedavuldeki pay adedi|pay sayisi|pay adedi|dolasimdaki pay sayisi",
    // Polish, Czech and Russian.
    "aktywa netto|wartosc aktywow netto|aktywa funduszu|liczba jednostek|vlastni kapital fondu|objem fondu",
    "сча|стоимость чистых активов|чистые активы|число паищиков|количество паев|количество паищиков|объем фонда",
    // Chinese, Japanese and Korean.
    "基金规模|基金規模|资产净值|資產淨值|基金资产净值|净资产|净资产总额|資産淨値|总份额|基金份额|份额规模|持有人数|持有人户数",
    "純資産|純資産総額|純資産総額百万円|純資産総額 百万円|純資産総額 億円|純資産額|純資産残高|受益権口数|資金流出入",
    "설정액|순자산|순자산총액|순자산액|순자산 총액|운용규모|설정원본|좌수",
];

/// Words that occur in names of no other quantities, except those of a single unit.
const SURE: [&str; 14] = [
    "patrimonio",
    "patrim",
    "cotistas",
    "cotst",
    "participes",
    "aportantes",
    "fondsvolumen",
    "fondsvermogen",
    "nettofondsvermogen",
    "unitholders",
    "shareholders",
    "pay sayisi",
    "паищиков",
    "純資産総額",
];

/// Words for a single unit of a fund.
const OF_A_UNIT: [&str; 16] = [
    "per",
    "unit",
    "share",
    "quota",
    "cuota",
    "cota",
    "cuotaparte",
    "quote",
    "part",
    "anteil",
    "anteils",
    "pay",
    "паи",
    "пая",
    "por",
    "pro",
];

/// Whether a normal name means a quantity of a whole fund.
pub(crate) fn is_of_fund(name: &str) -> bool {
    // A set, because wide tables have thousands of names, each of which is split in several ways.
    static LISTED: OnceLock<HashSet<&str>> = OnceLock::new();
    let listed = LISTED.get_or_init(|| QUANTITIES.iter().flat_map(|words| words.split('|')).collect());
    let is_listed = listed.contains(name);
    let has = |words: &[&str]| name.split(' ').any(|word| words.contains(&word));
    is_listed || has(&SURE) && !has(&OF_A_UNIT)
}

/// Whether a name can mean traded units, and also the units in issue.
pub(crate) fn may_be_in_issue(name: &str) -> bool {
    const WORDS: &str = "units|shares|number of shares|no of shares|no of shrs|units outstanding";
    let name = normal(name);
    WORDS.split('|').any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_normal() {
        for word in QUANTITIES.iter().flat_map(|words| words.split('|')).chain(SURE).chain(OF_A_UNIT) {
            assert_eq!(normal(word), word);
        }
    }

    #[test]
    fn a_quantity_of_a_fund_is_not_that_of_a_unit() {
        for name in ["Net Assets", "VL_PATRIM_LIQ", "Kişi Sayısı", "Patrimonio neto (miles)", "Fondsvermögen", "СЧА"]
        {
            assert!(is_of_fund(&normal(name)), "{name}");
        }
        for name in ["Net Asset Value", "VL_QUOTA", "Valor patrimonio por cota", "Patrimonial", "AAPL", "Fonds"] {
            assert!(!is_of_fund(&normal(name)), "{name}");
        }
    }
}
