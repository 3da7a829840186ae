//! Names of the prices at which a dealer, a bank or a fund buys and sells.

use super::normal::{normal, without_brackets};

/// A side of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Bid,
    Ask,
}

/// Names of the price at which a dealer buys, including names of banks' rates for customers.
const BIDS: &str = "withdrawal price|cash buying rate|cash buy|cash buy rate|buy cash|buying cash|cash purchase|notes buying|notes buying rate|\
    buying notes|od buying rate|od buying|tt buy rate|transfer buying|transfer buying rate|buy transfer|buying transfer|\
    buying transfer rate|spot buying|spot buying rate|现汇买入|现钞买入|现钞买入价|汇买价|钞买价|现汇买入牌价|现钞买入牌价|\
    現鈔買入|現鈔買入價|現匯買入價|現金買入價|即期買入價|本行現金買入|本行即期買入|bid|bid price|bid rate|buy|buy price|buy rate|buying|buying price|buying rate|purchase|purchase price|\
    purchase rate|tt buy|tt buying|tt buying rate|telegraphic buying|cash buying|redemption|redemption price|\
    repurchase price|repurchase|cancellation|cancellation price|geld|geldkurs|ankauf|ankaufskurs|kauf|rucknahme|\
    rucknahmepreis|achat|cours acheteur|acheteur|prix de rachat|compra|comprador|precio compra|precio de compra|\
    tipo comprador|preco de compra|taxa de compra|cotacao compra|acquisto|denaro|kupno|kurs kupna|alis|doviz alis|\
    efektif alis|alis fiyati|покупка|курс покупки|спрос|купівля|nakup|devizy nakup|买入|买入价|现汇买入价|現汇买入价|\
    買入|買入價|現金買入|即期買入|매수|매입|買値|買取|beli|kurs beli|harga beli|mua|gia mua|mua vao|매입률|현찰 파실 때|송금 받으실 때";

/// Names of the price at which a dealer sells.
const ASKS: &str = "application price|cash selling rate|cash sell|cash sell rate|sell cash|selling cash|cash sale|notes selling|\
    notes selling rate|selling notes|od selling rate|od selling|tt sell rate|transfer selling|transfer selling rate|\
    sell transfer|selling transfer|selling transfer rate|spot selling|spot selling rate|现汇卖出|现钞卖出|现钞卖出价|汇卖价|\
    钞卖价|现汇卖出牌价|现钞卖出牌价|現鈔賣出|現鈔賣出價|現匯賣出價|現金賣出價|即期賣出價|本行現金賣出|本行即期賣出|ask|ask price|ask rate|asked|offer|offer price|offer rate|offered|sell|sell price|sell rate|selling|\
    selling price|selling rate|sale|sale price|sale rate|tt sell|tt selling|tt selling rate|telegraphic selling|\
    cash selling|creation|creation price|issue price|subscription price|brief|briefkurs|verkauf|verkaufskurs|ausgabe|\
    ausgabepreis|vente|cours vendeur|vendeur|prix de souscription|venta|vendedor|precio venta|precio de venta|\
    tipo vendedor|venda|preco de venda|taxa de venda|cotacao venda|vendita|lettera|sprzedaz|kurs sprzedazy|satis|\
    doviz satis|efektif satis|satis fiyati|продажа|курс продажи|предложение|продаж|prodej|devizy prodej|卖出|卖出价|\
    现汇卖出价|賣出|賣出價|現金賣出|即期賣出|매도|매각|売値|jual|kurs jual|harga jual|ban|gia ban|ban ra|매도율|현찰 사실 때|송금 보내실 때";

/// Names of the rate between both sides: of a bank's rates, the one used in accounting.
pub(crate) const MIDDLES: &str =
    "middle rate|mid rate|middle exchange rate|中行折算价|折算价|中间价|中间牌价|中行中间价|中間價|中間匯率|中间汇率";

/// Returns the side that a name states, if it states nothing else than a unit in brackets.
pub(crate) fn side_alone(name: &str) -> Option<Side> {
    let names = [normal(name), normal(&without_brackets(name))];
    let is_in = |words: &str| words.split('|').any(|word| names.iter().any(|name| name == word));
    let bid = is_in(BIDS).then_some(Side::Bid);
    bid.or_else(|| is_in(ASKS).then_some(Side::Ask))
}

/// Whether a name contains a word for a side, whatever its other words: `OD Buying Rate of Today`.
pub(crate) fn has_side(name: &str) -> bool {
    const WORDS: &str = "buying|buy|selling|sell|bid|ask|offer|purchase|geld|brief|ankauf|verkauf|achat|vente|compra|\
        venta|venda|acquisto|vendita|alis|satis|kupno|sprzedaz|nakup|prodej|покупка|продажа";
    const PARTS: [&str; 4] = ["买入", "卖出", "買入", "賣出"];
    let name = normal(name);
    name.split(' ').any(|word| WORDS.split('|').any(|side| side == word))
        || PARTS.iter().any(|part| name.contains(part))
}

/// Whether a name means the rate between both sides.
pub(crate) fn is_middle(name: &str) -> bool {
    [normal(name), normal(&without_brackets(name))].iter().any(|name| MIDDLES.split('|').any(|word| word == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_normal_and_of_one_side() {
        for word in BIDS.split('|').chain(ASKS.split('|')) {
            assert_eq!(normal(word), word);
        }
        assert!(BIDS.split('|').all(|word| !ASKS.split('|').any(|other| other == word)));
        for (name, side) in [("Buying", Side::Bid), ("Offer Price", Side::Ask), ("Döviz Satış", Side::Ask)] {
            assert_eq!(side_alone(name), Some(side), "{name}");
        }
        assert_eq!(side_alone("Mid Price"), None);
        assert!(has_side("Buying rate in cash") && has_side("本行現金買入匯率") && !has_side("Middle Rate"));
    }
}
