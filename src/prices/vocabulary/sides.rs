//! Names of the prices at which a dealer, a bank or a fund buys and sells.

use super::normal::normal;

/// A side of the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Bid,
    Ask,
}

/// At which it buys: banks' rates for customers are named by either.
const BIDS: &str = "bid|bid price|bid rate|buy|buy price|buy rate|buying|buying price|buying rate|purchase|purchase price|\
    purchase rate|tt buy|tt buying|tt buying rate|telegraphic buying|cash buying|redemption|redemption price|\
    repurchase price|repurchase|cancellation|cancellation price|geld|geldkurs|ankauf|ankaufskurs|kauf|rucknahme|\
    rucknahmepreis|achat|cours acheteur|acheteur|prix de rachat|compra|comprador|precio compra|precio de compra|\
    tipo comprador|preco de compra|taxa de compra|cotacao compra|acquisto|denaro|kupno|kurs kupna|alis|doviz alis|\
    efektif alis|alis fiyati|покупка|курс покупки|спрос|купівля|nakup|devizy nakup|买入|买入价|现汇买入价|現汇买入价|\
    買入|買入價|現金買入|即期買入|매수|매입|買値|買取|beli|kurs beli|harga beli|mua|gia mua|mua vao";

/// At which it sells.
const ASKS: &str = "ask|ask price|ask rate|asked|offer|offer price|offer rate|offered|sell|sell price|sell rate|selling|\
    selling price|selling rate|sale|sale price|sale rate|tt sell|tt selling|tt selling rate|telegraphic selling|\
    cash selling|creation|creation price|issue price|subscription price|brief|briefkurs|verkauf|verkaufskurs|ausgabe|\
    ausgabepreis|vente|cours vendeur|vendeur|prix de souscription|venta|vendedor|precio venta|precio de venta|\
    tipo vendedor|venda|preco de venda|taxa de venda|cotacao venda|vendita|lettera|sprzedaz|kurs sprzedazy|satis|\
    doviz satis|efektif satis|satis fiyati|продажа|курс продажи|предложение|продаж|prodej|devizy prodej|卖出|卖出价|\
    现汇卖出价|賣出|賣出價|現金賣出|即期賣出|매도|매각|売値|jual|kurs jual|harga jual|ban|gia ban|ban ra";

/// The side that a name states, and nothing else.
pub(crate) fn side_alone(name: &str) -> Option<Side> {
    let name = normal(name);
    let is_in = |words: &str| words.split('|').any(|word| word == name);
    let bid = is_in(BIDS).then_some(Side::Bid);
    bid.or_else(|| is_in(ASKS).then_some(Side::Ask))
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
    }
}
