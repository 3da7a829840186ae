//! What vendors call their columns, in the languages they write.
//!
//! Names are given as [`super::names::normal`] makes them: lower case, without accents and
//! punctuation. Of two columns for one role the one with the lower rank is taken: a file with a
//! close and a last traded price is read by its close.

use super::names::Role;

/// Names parted by `|`, what they name, and their rank.
pub(super) const WORDS: &[(&str, Role, u8)] = &[
    // English, with what data services call things in their programs.
    ("date", Role::Date, 0),
    (
        "datetime|date time|timestamp|time stamp|trade date|trading date|trading day|price date",
        Role::Date,
        1,
    ),
    (
        "observation date|as of date|datadate|caldt|day|time|business date|session|gmt time",
        Role::Date,
        1,
    ),
    (
        "local time|open time|time open|snapped at|unix|unix timestamp|epoch|datpre|exchange date",
        Role::Date,
        2,
    ),
    (
        "period|tradedate|timestamp utc|date utc|utc|biz date|asof",
        Role::Date,
        2,
    ),
    (
        "open|opening|opening price|open price|px open|openprice|prcod|preabe|first price",
        Role::Open,
        0,
    ),
    ("trade open|open px|openprc|first|1st", Role::Open, 1),
    (
        "high|high price|highest|highest price|day high|px high|high px|prchd|premax|trade high",
        Role::High,
        0,
    ),
    ("max|maximum|askhi|hi", Role::High, 1),
    (
        "low|low price|lowest|lowest price|day low|px low|low px|prcld|premin|trade low",
        Role::Low,
        0,
    ),
    ("min|minimum|bidlo|lo", Role::Low, 1),
    (
        "close|closing|closing price|close price|price close|price|close last|closing value",
        Role::Close,
        0,
    ),
    (
        "close value|official close|trade close|prccd|adjusted for splits|close adjusted for splits",
        Role::Close,
        0,
    ),
    (
        "settle|settlement|settlement price|settle price|sett price|daily settlement",
        Role::Close,
        1,
    ),
    (
        "last|last price|px last|last px|last trade|last traded price|ltp|preult|trdprc 1|prc",
        Role::Close,
        2,
    ),
    (
        "value|rate|nav|index value|level|quote|fixing|mid|mid price|index|exchange rate",
        Role::Close,
        3,
    ),
    (
        "adj close|adjusted close|adjclose|close adj|close adjusted|adj closing price",
        Role::Adjusted,
        0,
    ),
    (
        "adjusted closing price|adj close price|adjusted|adjusted price|adj price|adjusted close price",
        Role::Adjusted,
        0,
    ),
    (
        "close adjusted for splits and dividends|adjusted for splits and dividends",
        Role::Adjusted,
        0,
    ),
    (
        "adj close adjusted for splits and dividend and or capital gain distributions",
        Role::Adjusted,
        0,
    ),
    (
        "adj close adjusted for splits and dividends|adj prc|adjusted value",
        Role::Adjusted,
        0,
    ),
    (
        "volume|vol|total volume|trade volume|traded volume|volume traded|share volume|px volume",
        Role::Volume,
        0,
    ),
    (
        "shares traded|no of shares|number of shares|total trade quantity|tottrdqty|cshtrd|cshoc",
        Role::Volume,
        0,
    ),
    (
        "ttl trd qnty|total traded quantity|traded quantity|base volume|volume shares",
        Role::Volume,
        0,
    ),
    (
        "quantity|qty|vol shares|quatot|units|volumeto|volumefrom",
        Role::Volume,
        1,
    ),
    (
        "symbol|ticker|ticker symbol|tic|sym|code|stock code|ts code|stock symbol|security code",
        Role::Ticker,
        0,
    ),
    (
        "instrument|instrument code|ric|isin|asset|codneg|permno|cusip|figi|gvkey|tickers|symbols",
        Role::Ticker,
        0,
    ),
    (
        "stock|security|pair|coin|contract|act symbol|sc code",
        Role::Ticker,
        1,
    ),
    (
        "name|company|company name|security name|stock name|instrument name|series|sc name",
        Role::Ticker,
        2,
    ),
    (
        "split factor|split coefficient|split ratio|splits|split|stock split factor",
        Role::Split,
        0,
    ),
    ("stock splits", Role::Split, 1),
    (
        "div cash|dividend amount|dividend|ex dividend|cash dividend|dividend per share",
        Role::Dividend,
        0,
    ),
    ("dividends", Role::Dividend, 1),
    (
        "change|chg|change pct|pct change|pct chg|percent change|change percent|changep|net change",
        Role::Unused,
        0,
    ),
    (
        "net chg|change p|changepercent|return|returns|daily return|ret|change over time|diff",
        Role::Unused,
        0,
    ),
    (
        "prev close|previous close|pre close|yclose|yesterday close|prior close|prev|prior settle",
        Role::Unused,
        0,
    ),
    (
        "average|average price|avg price|avg|vwap|vw|wap|weighted average|weighted average price",
        Role::Unused,
        0,
    ),
    (
        "trades|number of trades|no of trades|trade count|tradecount|transactions|no trades|count",
        Role::Unused,
        0,
    ),
    (
        "turnover|total turnover|turnover lacs|value traded|traded value|amount|net turnover",
        Role::Unused,
        0,
    ),
    (
        "market cap|marketcap|market capitalization|shares outstanding|circulating supply",
        Role::Unused,
        0,
    ),
    (
        "open interest|openint|oi|previous day open interest|prev day open interest",
        Role::Unused,
        0,
    ),
    (
        "bid|ask|bid price|ask price|bid size|ask size|spread|buy|sell|high low|spread high low",
        Role::Unused,
        0,
    ),
    (
        "52w h|52w l|52 week high|52 week low|adj open|adj high|adj low|adj volume|adjusted open",
        Role::Unused,
        0,
    ),
    (
        "adjusted high|adjusted low|adjusted volume|unadjusted volume|label|per|currency|exchange",
        Role::Unused,
        0,
    ),
    (
        "market|time close|time high|time low|close time|quote asset volume|quote volume|ignore",
        Role::Unused,
        0,
    ),
    (
        "taker buy base asset volume|taker buy quote asset volume|deliverable quantity|day of week",
        Role::Unused,
        0,
    ),
    (
        "deliverable qty to traded qty|weekday|capital gains|repaired|adj factor|row|id|no",
        Role::Unused,
        0,
    ),
    // German.
    ("datum|handelstag", Role::Date, 0),
    ("zeit|zeitpunkt|tag", Role::Date, 1),
    (
        "eroffnung|eroeffnung|eroffnungskurs|eroeffnungskurs|eroffn|eroffnungspreis|erster",
        Role::Open,
        0,
    ),
    ("anfang|eroff|offnen", Role::Open, 1),
    (
        "hoch|hochst|hochstkurs|hoechstkurs|tageshoch|hochster|hoechst|hochstpreis",
        Role::High,
        0,
    ),
    (
        "tief|tiefst|tiefstkurs|tagestief|tiefster|niedrig|tiefstpreis",
        Role::Low,
        0,
    ),
    (
        "schluss|schlusskurs|schlusspreis|schlussstand|schlusswert",
        Role::Close,
        0,
    ),
    (
        "zuletzt|letzter|letzter kurs|letzter preis|letzte",
        Role::Close,
        2,
    ),
    ("kurs|preis|wert|stand", Role::Close, 3),
    (
        "bereinigter schlusskurs|schlusskurs bereinigt|schluss bereinigt|adj schlusskurs|adj schluss",
        Role::Adjusted,
        0,
    ),
    (
        "adjustierter schlusskurs|bereinigt|angepasster schlusskurs",
        Role::Adjusted,
        0,
    ),
    (
        "stuck|stucke|stueck|stuecke|gehandelte stuck|anzahl aktien",
        Role::Volume,
        0,
    ),
    ("volumen|handelsvolumen", Role::Volume, 1),
    ("wkn|kurzel|kuerzel|wertpapier|aktie", Role::Ticker, 1),
    (
        "veranderung|veraenderung|diff vortag|differenz|abweichung|vortag|umsatz|wahrung",
        Role::Unused,
        0,
    ),
    (
        "waehrung|vortageskurs|schlusskurs vortag|anderung|aenderung",
        Role::Unused,
        0,
    ),
    // French.
    ("jour|seance|date de cotation", Role::Date, 1),
    (
        "ouverture|ouv|cours d ouverture|cours ouverture|premier cours|premier",
        Role::Open,
        0,
    ),
    (
        "haut|plus haut|cours haut|plus haut du jour|cours max",
        Role::High,
        0,
    ),
    (
        "bas|plus bas|cours bas|plus bas du jour|cours min",
        Role::Low,
        0,
    ),
    (
        "cloture|cours de cloture|cours cloture|fermeture|clot|prix de cloture",
        Role::Close,
        0,
    ),
    ("dernier|dernier cours", Role::Close, 2),
    ("cours|prix|valeur|valeur liquidative|vl", Role::Close, 3),
    (
        "cloture ajustee|cours ajuste|cours de cloture ajuste|adj cloture|cloture ajuste",
        Role::Adjusted,
        0,
    ),
    (
        "nombre de titres|titres|volume titres|volumes",
        Role::Volume,
        0,
    ),
    ("libelle|societe|nom|code isin", Role::Ticker, 2),
    (
        "variation|var|variation pct|var pct|devise|capitaux|capital echange",
        Role::Unused,
        0,
    ),
    // Spanish.
    ("fecha", Role::Date, 0),
    ("fecha y hora|dia|sesion", Role::Date, 1),
    (
        "apertura|precio de apertura|abierto|precio apertura",
        Role::Open,
        0,
    ),
    ("maximo|precio maximo|alto|max dia", Role::High, 0),
    ("minimo|precio minimo|bajo|min dia", Role::Low, 0),
    (
        "cierre|precio de cierre|precio cierre|cerrar",
        Role::Close,
        0,
    ),
    ("ultimo|ultimo precio", Role::Close, 2),
    ("precio|cotizacion|valor", Role::Close, 3),
    (
        "cierre ajustado|cierre aj|cierre ajus|precio de cierre ajustado|ajustado",
        Role::Adjusted,
        0,
    ),
    ("volumen negociado|titulos", Role::Volume, 0),
    ("simbolo|accion|empresa|nombre", Role::Ticker, 1),
    (
        "variacion|pct variacion|var diaria|efectivo|cambio",
        Role::Unused,
        0,
    ),
    // Italian.
    ("data", Role::Date, 0),
    ("giorno", Role::Date, 1),
    ("prezzo di apertura|prezzo apertura|aperto", Role::Open, 0),
    ("massimo|prezzo massimo", Role::High, 0),
    ("prezzo minimo", Role::Low, 0),
    (
        "chiusura|prezzo di chiusura|prezzo chiusura|prezzo ufficiale|prezzo di riferimento",
        Role::Close,
        0,
    ),
    ("ultimo prezzo|prezzo ultimo", Role::Close, 2),
    ("prezzo|quotazione|valore", Role::Close, 3),
    (
        "chiusura aggiustata|chiusura rettificata|chiusura adj|prezzo di chiusura rettificato",
        Role::Adjusted,
        0,
    ),
    ("volumi|quantita", Role::Volume, 0),
    ("titolo|strumento|codice", Role::Ticker, 1),
    ("variazione|variazione pct|controvalore", Role::Unused, 0),
    // Portuguese.
    ("data hora|pregao|data do pregao", Role::Date, 1),
    ("abertura|preco de abertura|preco abertura", Role::Open, 0),
    ("maxima|preco maximo|alta", Role::High, 0),
    ("minima|preco minimo|baixa", Role::Low, 0),
    (
        "fechamento|fecho|preco de fechamento|preco de fecho|encerramento|preco fechamento",
        Role::Close,
        0,
    ),
    ("preco|cotacao|cota", Role::Close, 3),
    (
        "fechamento ajustado|fecho ajustado|preco ajustado|fechamento aj|fech ajustado",
        Role::Adjusted,
        0,
    ),
    ("quantidade|volume negociado", Role::Volume, 0),
    ("codigo|ativo|papel|acao", Role::Ticker, 1),
    (
        "variacao|variacao pct|negocios|numero de negocios",
        Role::Unused,
        0,
    ),
    // Polish.
    ("dzien|data sesji", Role::Date, 1),
    ("otwarcie|kurs otwarcia|cena otwarcia", Role::Open, 0),
    (
        "najwyzszy|kurs maksymalny|maksimum|maks|najwyzsza|maksymalny",
        Role::High,
        0,
    ),
    ("najnizszy|kurs minimalny|najnizsza|minimalny", Role::Low, 0),
    ("zamkniecie|kurs zamkniecia|cena zamkniecia", Role::Close, 0),
    ("ostatnio|ostatni", Role::Close, 2),
    ("cena|wartosc", Role::Close, 3),
    (
        "zamkniecie skorygowane|skorygowane zamkniecie|kurs skorygowany",
        Role::Adjusted,
        0,
    ),
    ("wolumen|wol|wolumen obrotu", Role::Volume, 0),
    ("nazwa|spolka|walor", Role::Ticker, 1),
    (
        "zmiana|obrot|liczba transakcji|waluta|zmiana pct|lop",
        Role::Unused,
        0,
    ),
    // Korean.
    (
        "날짜|일자|거래일|거래일자|기준일|기준일자|일시|영업일자",
        Role::Date,
        0,
    ),
    ("시가|시작가|오픈", Role::Open, 0),
    ("고가|최고가", Role::High, 0),
    ("저가|최저가", Role::Low, 0),
    ("종가|마감가", Role::Close, 0),
    ("현재가|체결가", Role::Close, 2),
    ("가격|주가|지수|기준가|기준가격", Role::Close, 3),
    (
        "수정종가|수정주가|조정종가|수정 종가|조정 종가|수정 주가",
        Role::Adjusted,
        0,
    ),
    ("거래량|누적거래량", Role::Volume, 0),
    (
        "종목코드|단축코드|표준코드|티커|종목 코드|코드",
        Role::Ticker,
        0,
    ),
    ("종목명|종목|회사명", Role::Ticker, 2),
    (
        "대비|등락률|등락율|전일비|전일대비|거래대금|시가총액|상장주식수|변동|변동 pct|등락폭|전일 대비",
        Role::Unused,
        0,
    ),
    (
        "변동률|등락|외국인보유량|외국인소진율|기관|외국인|전일종가|통화",
        Role::Unused,
        0,
    ),
    // Japanese.
    ("日付|日付け|年月日|取引日", Role::Date, 0),
    ("日時", Role::Date, 1),
    ("始値|寄付|始め値|始値 円", Role::Open, 0),
    ("高値", Role::High, 0),
    ("安値", Role::Low, 0),
    ("終値|終り値|終わり値|引値", Role::Close, 0),
    ("現在値|株価|価格|基準価額", Role::Close, 3),
    (
        "調整後終値|調整済み終値|調整終値|調整済終値|修正後終値|終値調整|終値調整値",
        Role::Adjusted,
        0,
    ),
    ("出来高|売買高", Role::Volume, 0),
    (
        "コード|銘柄コード|証券コード|銘柄|ティッカー",
        Role::Ticker,
        0,
    ),
    ("銘柄名|会社名", Role::Ticker, 2),
    (
        "前日比|変化率|騰落率|売買代金|変化率 pct|前日比 pct|値上がり率|通貨",
        Role::Unused,
        0,
    ),
    // Chinese, simplified and traditional.
    ("日期|交易日期|交易日", Role::Date, 0),
    ("时间|時間|日期时间|日期時間", Role::Date, 1),
    ("开盘|开盘价|今开|開盤|開盤價|开", Role::Open, 0),
    ("最高|最高价|最高價|高", Role::High, 0),
    ("最低|最低价|最低價|低", Role::Low, 0),
    (
        "收盘|收盘价|收盤|收盤價|收市|收市价|收市價|收",
        Role::Close,
        0,
    ),
    ("最新价|最新價|最新|现价", Role::Close, 2),
    ("价格|價格|净值|单位净值|淨值", Role::Close, 3),
    (
        "复权收盘价|后复权收盘价|前复权收盘价|调整后收盘价|調整後收盤價|经调整收盘价|复权价|調整收盤價",
        Role::Adjusted,
        0,
    ),
    ("成交量|交易量|成交股數|成交股数|总手", Role::Volume, 0),
    (
        "代码|股票代码|证券代码|證券代號|代號|股票代號|代碼|基金代码",
        Role::Ticker,
        0,
    ),
    (
        "名称|股票名称|证券名称|證券名稱|名稱|简称|簡稱",
        Role::Ticker,
        2,
    ),
    (
        "成交额|成交金额|成交金額|涨跌幅|涨跌额|涨跌|振幅|换手率|前收盘|前收盘价|昨收|昨收价|成交笔数",
        Role::Unused,
        0,
    ),
    (
        "成交筆數|漲跌價差|漲跌|漲跌幅|总市值|流通市值|前收|货币",
        Role::Unused,
        0,
    ),
];
