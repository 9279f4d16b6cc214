"""The sites of the world: sixty, of twenty kinds."""

from __future__ import annotations

from dataclasses import replace

from tests.world.kinds.arc import Arc
from tests.world.kinds.custom import AmpPairs, Magazine, Opaque
from tests.world.kinds.drupal import Drupal
from tests.world.kinds.ghost import Ghost
from tests.world.kinds.joomla import Joomla
from tests.world.kinds.legacy import Breaks, Tables
from tests.world.kinds.liveblog import LiveBlog
from tests.world.kinds.newsletter import Newsletter
from tests.world.kinds.nextjs import NextJs
from tests.world.kinds.paywall import Paywall
from tests.world.kinds.portal import Archive, Portal
from tests.world.kinds.regional import Escenic, Regional
from tests.world.kinds.static import Static
from tests.world.kinds.wordpress import WordPress
from tests.world.site import Habits, Site

_FULL = Habits(sitemap="news")
_NO_MAP = Habits(sitemap=None)
_NO_FEED = Habits(feed=None)
_BARE = Habits(feed=None, sitemap=None, structured="none", page_size=7)
"""Only its pages: everything must be found from the front page and the sections."""
_GRAPH = Habits(structured="opengraph")

SITES: tuple[Site, ...] = (
    WordPress("tern-post", "en", "Tern Post", replace(_FULL, amp=True, www=True)),
    WordPress("wattum-blick", "de", "Wattum-Blick", Habits(sitemap="index", private=True)),
    WordPress("faro-diario", "es", "Faro Diario", replace(_NO_MAP, trackers=True)),
    WordPress("gazette-du-sel", "fr", "La Gazette du Sel", Habits(sitemap="index", announced=False, soft_404=True)),
    WordPress("holm-herald", "en", "Holm Herald", replace(_BARE, structured="opengraph")),
    WordPress("nawras", "ar", "النورس", Habits(sitemap="index")),
    Arc("penfold-times", "en", "The Penfold Times", replace(_FULL, www=True)),
    Arc("puerto-gris", "es", "El Correo de Puerto Gris", _FULL),
    Arc("marrowby-tribune", "en", "Marrowby Tribune", replace(_FULL, feed=None, trackers=True)),
    Drupal("islands-radio", "en", "Islands Radio", Habits(page_size=6)),
    Drupal("hafenfunk", "de", "Hafenfunk", _NO_MAP),
    Drupal("radio-phare", "fr", "Radio Phare", replace(_NO_FEED, in_robots=False)),
    Drupal("mayak", "ru", "Маяк", Habits(structured="microdata")),
    Ghost("saltholm-letter", "en", "Saltholm Letter", Habits(sitemap="index")),
    Ghost("deichpost", "de", "Deichpost", replace(_NO_MAP, announced=False)),
    Ghost("la-houle", "fr", "La Houle", Habits(sitemap="index", soft_404=True)),
    Newsletter("low-isle-notes", "en", "Low Isle Notes", Habits()),
    Newsletter("notas-de-villasal", "es", "Notas de Villasal", _NO_MAP),
    Newsletter("slow-tides", "en", "Slow Tides", Habits(seconds=0.2, stories=10)),
    NextJs("grey-harbour-now", "en", "Grey Harbour Now", replace(_NO_FEED, sitemap="news")),
    NextJs("tidenburg-aktuell", "de", "Tidenburg Aktuell", replace(_NO_FEED, sitemap="news")),
    NextJs("brackwater-live", "en", "Brackwater Live", replace(_GRAPH, feed=None, sitemap=None)),
    AmpPairs("eastvale-express", "en", "Eastvale Express", Habits(amp=True)),
    AmpPairs("ploumarec-info", "fr", "Ploumarec Info", replace(_NO_FEED, amp=True)),
    AmpPairs("ensenada-hoy", "es", "Ensenada Hoy", replace(_NO_MAP, amp=True)),
    Tables("upper-wick-courier", "en", "Upper Wick Courier", replace(_BARE, encoding="iso-8859-1")),
    Tables("grauorter-bote", "de", "Grauorter Bote", replace(_BARE, feed="rss", encoding="windows-1252")),
    Tables("prilivsk", "ru", "Вести Приливска", replace(_BARE, encoding="windows-1251")),
    Breaks("salt-wire", "en", "Salt Wire", _BARE),
    Breaks("port-gris-dimanche", "fr", "Port-Gris Dimanche", replace(_BARE, feed="rss", encoding="iso-8859-1")),
    Breaks("marisma", "es", "Marisma", replace(_BARE, sitemap="text")),
    Portal("huigang", "zh", "灰港网", replace(_NO_FEED, structured="none")),
    Portal("yanwan", "zh", "盐湾日报", replace(_BARE, encoding="gb18030")),
    Portal("haiyama", "ja", "灰ヶ浜新聞", Habits(sitemap="news")),
    Portal("shiomi", "ja", "塩見タイムズ", replace(_GRAPH, sitemap=None, encoding="shift_jis")),
    Portal("chaocheng", "zh", "潮城晚报", Habits(structured="opengraph", trackers=True)),
    Archive("minaa", "ar", "بوابة الميناء", Habits()),
    Archive("manara", "ar", "المنارة", replace(_NO_FEED, structured="opengraph")),
    Archive("hashahaf", "he", "השחף", Habits(structured="opengraph")),
    Archive("namal", "he", "נמל היום", replace(_BARE, page_size=10)),
    Paywall("ternmouth-record", "en", "The Ternmouth Record", Habits(sitemap="news")),
    Paywall("hafenkurier", "de", "Hafenkurier", _NO_MAP),
    Paywall("le-matin-des-iles", "fr", "Le Matin des Îles", replace(_NO_FEED, www=True)),
    LiveBlog("northlight", "en", "Northlight News", replace(_FULL, stories=16)),
    LiveBlog("inselfunk", "de", "Inselfunk", _NO_MAP),
    LiveBlog("onda-faro", "es", "Onda Faro", _NO_FEED),
    Joomla("wick-parish", "en", "Wick Parish News", Habits(structured="microdata")),
    Joomla("solegorsk", "ru", "Солегорск сегодня", replace(_NO_MAP, structured="none")),
    Joomla("torrefaro", "es", "Torrefaro Digital", replace(_NO_FEED, structured="opengraph")),
    Static("tidewatch", "en", "Tidewatch", Habits(structured="opengraph", feed="atom")),
    Static("moewenhagen", "de", "Möwenhagen", Habits(structured="none", sitemap=None)),
    Regional("wattumer-anzeiger", "de", "Wattumer Anzeiger", Habits(sitemap="news")),
    Regional("neuensiel", "de", "Neuensieler Tageblatt", replace(_NO_FEED, soft_404=True)),
    Escenic("holmsund", "en", "Holm Sound Daily", replace(_NO_MAP, structured="microdata")),
    Escenic("kervannec", "fr", "Kervannec Matin", Habits(structured="microdata", private=True)),
    Opaque("signal", "en", "Signal", Habits(feed="json")),
    Opaque("zeichen", "de", "Zeichen", replace(_BARE, structured="json-ld")),
    Magazine("the-lantern", "en", "The Lantern", Habits(sitemap="index")),
    Static("drowned-bell", "en", "The Drowned Bell", Habits(dead=True)),
    WordPress("shut-gate", "en", "Shut Gate", Habits(blocks_after=12)),
)
