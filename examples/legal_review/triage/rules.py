"""The rules: what a sentence must and must not say to belong to a category.

Written from CUAD's category descriptions and from how contracts are drafted; none holds a name, a number or a phrase of
one contract. A rule matches a sentence when all of `needs` are found in it and none of `bars` is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to word a clause.

    Attributes:
        category: CUAD category.
        needs: Patterns that must all be found in the sentence.
        bars: Patterns that must not be found.
        weight: How sure a match is, 0 to 1.
    """

    category: str
    needs: tuple[re.Pattern[str], ...]
    bars: tuple[re.Pattern[str], ...] = ()
    weight: float = 0.7


def _rule(category: str, *needs: str, bars: tuple[str, ...] = (), weight: float = 0.7) -> Rule:
    return Rule(
        category,
        tuple(re.compile(need, re.IGNORECASE) for need in needs),
        tuple(re.compile(bar, re.IGNORECASE) for bar in bars),
        weight,
    )


_PERIOD = r"\b(?:days?|weeks?|months?|years?)\b"
_THIS = r"\bthis\s+(?:\w+\s+){0,2}(?:agreement|contract|lease|license)\b"
_CONSENT = r"\b(?:consent|approval)\b"
_GRANT = r"\bgrants?\b|\bhereby\s+licenses\b|\bshall\s+have\s+(?:a|an|the)\s+[\w, -]{0,60}(?:license|right\s+to\s+use)"

RULES: tuple[Rule, ...] = (
    _rule(
        "Governing Law",
        r"\b(?:govern(?:ed|s)?|constru(?:ed|ction)|interpret(?:ed|ation)|subject\s+to)\b",
        r"\blaws?\s+of\b|\blaw\s+of\b|\b\w+\s+law\b",
        r"\b(?:state|commonwealth|province|republic|kingdom|england|germany|switzerland|canada|(?:english|swiss|german|french|dutch|austrian|canadian)\s+law|laws\s+of\s+(?:the\s+)?[A-Z])",
        bars=(r"\bincorporated\b|\borganized\b|\bcompl(?:y|iance)\b|\bexport\b",),
        weight=0.9,
    ),
    _rule(
        "Expiration Date",
        r"\bterm\b|\bin\s+(?:full\s+)?(?:force|effect)\b|\beffective\b",
        r"\b(?:shall|will)\s+(?:be(?:gin|come)?|commence|continue|remain|expire|terminate|have\s+an?|extend|end|run)\b|\bis\s+for\b|\bcommenc",
        r"\b(?:years?|months?)\b|\bexpir|\bterminat\w+\s+on\b|\b(?:19|20)\d\d\b|\buntil\b|\bend\s+on\b",
        _THIS + r"|\binitial\s+term\b|\bthe\s+term\b",
        bars=(
            r"\bduring\s+(?:the|each|any|a\s+portion\s+of)\s+(?:\w+\s+){0,3}term\b|\beach\s+(?:successive|calendar)\b|\bcalendar\s+(?:year|quarter|month)\b|\bforecast|\bcure\b|\bin\s+witness\b",
            r"\bnotice\s+of\s+(?:breach|default)\b|\binsurance\b|\bsurviv|\bconfidential|\bindemnif|\bwarrant|\baudit\b",
            r"\bfollowing\s+(?:the\s+)?(?:termination|expiration)\b|\bafter\s+(?:the\s+)?(?:termination|expiration)\b|\bupon\s+(?:the\s+)?(?:termination|expiration)\b",
        ),
    ),
    _rule(
        "Expiration Date",
        r"\b(?:remain|continue)s?\s+(?:in\s+(?:full\s+force(?:\s+and\s+effect)?|force|effect)|effective)\b|\bautomatically\s+(?:terminate|expire)s?\b",
        r"\b(?:agreement|contract|lease|term)\b|\bobligations\s+hereunder\b",
        r"\b(?:years?|months?|until|through|expir\w+|upon|anniversary)\b|\b(?:19|20)\d\d\b",
        bars=(
            r"\binsurance\b|\bsurviv|\bpolic(?:y|ies)\b|\bwarrant|\bother\s+(?:terms|provisions)\b|\bremaining\s+(?:terms|provisions)\b|\binvalid|\bunenforceable\b|\bamend|\blicense\s+granted\b",
        ),
    ),
    _rule(
        "Renewal Term",
        r"\brenew(?:s|ed|al|able)?\b|\bextend(?:ed)?\b|\bextension\b|\bsuccessive\b",
        r"\b(?:automatic\w*|successive|additional|further|consecutive|option|thereafter)\b",
        r"\b(?:years?|months?|terms?|periods?)\b",
        bars=(r"\bcredit\b|\bloan\b|\bpayment\s+(?:date|period)\b|\bdelivery\b|\binsurance\b",),
    ),
    _rule(
        "Notice Period To Terminate Renewal",
        r"\brenew|\bextend|\bextension\b|\bsuccessive\b",
        r"\bnotice\b|\bnotif",
        r"\b(?:prior|before|preceding|advance|at\s+least|less\s+than|in\s+advance)\b",
        r"\d|\b(?:thirty|sixty|ninety|six|three|two|one)\b",
        _PERIOD,
        bars=(r"\binsurance\b|\bcancel(?:led|lation)\s+of\b",),
    ),
    _rule(
        "Termination For Convenience",
        r"\b(?:may|rights?|entitled|option|elect)\b[^.;]{0,120}\bterminat|\bterminat\w+\b[^.;]{0,60}\b(?:by|at)\s+(?:either|any|each|the)\b|\bcancel",
        r"\b(?:for\s+(?:its\s+)?convenience|without\s+cause|for\s+any\s+reason|at\s+any\s+time|with\s+or\s+without|no\s+reason|sole\s+discretion)\b",
        r"\bnotice\b|\bwithout\b|\bany\s+reason\b",
        bars=(
            r"\bsurviv|\b(?:upon|after|following)\s+(?:the\s+|any\s+|such\s+)?(?:expiration\s+or\s+)?termination\b",
            r"\bbreach\b|\bdefault\b|\bbankrupt|\binsolven|\bemployment\b|\bin\s+the\s+event\b|\bif\s+the\s+other\b|\bfails?\b",
        ),
        weight=0.8,
    ),
    _rule(
        "Termination For Convenience",
        r"\b(?:either|any|each)\s+party\b|\b(?:may|right\s+to)\s+terminate\b",
        r"\bterminat",
        r"\b(?:upon|with|by|on)\s+(?:not\s+less\s+than\s+|at\s+least\s+)?(?:giving\s+)?(?:\w+\s+){0,2}(?:\(?\d+\)?|\w+ty|thirty|sixty|ninety)[\w\s()’'-]{0,24}\b(?:days?|months?)[’']?\b[\w\s]{0,20}\bnotice\b",
        bars=(
            r"\b(?:breach|default|bankrupt|insolven|cure|cured|fails?|failure|if|in\s+the\s+event|except|renew|non-renewal|employment|material|force\s+majeure|change\s+of\s+control)\w*\b",
        ),
        weight=0.7,
    ),
    _rule(
        "Anti-Assignment",
        r"\bassign(?:ed|able|ment|s)?\b|\btransfer(?:red|able)?\b|\bdelegat",
        _CONSENT + r"|\bshall\s+not\s+be\s+assign|\bnot\s+assignable\b",
        r"\b(?:not|neither|no|without|except|only)\b",
        _THIS + r"|\brights\b|\bobligations\b|\bhereunder\b",
        bars=(
            r"\bsublicens\w+\s+(?:right|agreement)\b|\bproceeds\b|\bassign(?:s|ed)?\s+(?:to\s+\w+\s+)?all\s+right,?\s+title\b|\bpersonnel\b",
        ),
        weight=0.85,
    ),
    _rule(
        "Anti-Assignment",
        r"\bassign(?:ed|able|ment|s)?\b|\btransfer\b",
        r"\b(?:null\s+and\s+void|void|of\s+no\s+(?:legal\s+)?(?:force|effect)|ineffective)\b|\b(?:may|shall)\s+not\s+(?:be\s+)?(?:assign|transfer)|\bnot\s+be\s+entitled\s+to\s+assign|\bno\s+right\s+to\s+assign",
        _THIS + r"|\brights\b|\bobligations\b|\bhereunder\b|\battempt|\bviolation\b",
        bars=(r"\binvalid\w*\b|\bunenforceable\b|\bshares\b|\bstock\b|\bpersonnel\b",),
        weight=0.75,
    ),
    _rule(
        "Change Of Control",
        r"\bchange\s+(?:of|in)\s+(?:the\s+)?(?:\w+\s+)?(?:control|ownership)\b|\b(?:merger|consolidation|reorganization|sale\s+of\s+(?:all\s+or\s+)?substantially\s+all)\b[\s\S]{0,200}\b(?:deemed|constitute|terminat\w*|consent)\b",
        r"\bterminat|" + _CONSENT + r"|\bassign(?:ment|ed)?\b|\bnotice\b",
        _THIS + r"|\bpart(?:y|ies)\b|\bdeemed\b|\bundergo\w*\b",
        bars=(
            r"\b(?:except|provided|however)\b[\s\S]{0,200}\b(?:may|without)\b[\s\S]{0,120}\b(?:merger|consolidation|substantially\s+all)\b",
            r"\bmeans\b|\bdefinition\b|\bdefined\b|\bentire\s+agreement\b|\bregistration\b|\bprospectus\b",
        ),
        weight=0.6,
    ),
    _rule(
        "Cap On Liability",
        r"\bliab(?:le|ility|ilities)\b|\bobligation\b|\bdamages\b",
        r"\b(?:exceed|limited\s+to|maximum|in\s+excess\s+of|cap)\b|\b(?:consequential|incidental|indirect|punitive|special|exemplary)\b[\s\S]{0,80}\bdamages\b|\blost\s+profits\b|\bloss\s+of\s+profits?\b",
        r"\b(?:no\s+event|not\s+be|shall\s+not|will\s+not|neither|no\s+party|limited|maximum|exceed|nor)\b",
        bars=(
            r"\binsurance\b|\bpolicy\b|\binsured\b|\bthat\s+it\s+will\s+not\s+incur\b|\binclud\w+\s+reasonable\s+attorney",
        ),
        weight=0.85,
    ),
    _rule(
        "Cap On Liability",
        r"\b(?:claims?|actions?|suits?|proceedings?)\b",
        r"\b(?:must|shall|may)\s+(?:not\s+)?be\s+(?:commenced|brought|filed|asserted|made)\b|\bno\s+(?:claim|action)\b",
        r"\b(?:one|two|three|six|twelve|eighteen|twenty-four|\d+)\b[\w\s()-]{0,12}\b(?:years?|months?)\b",
        r"\b(?:accru\w+|arose|arises|cause\s+of\s+action|occurr\w+|discover\w+)\b",
        weight=0.7,
    ),
    _rule(
        "Cap On Liability",
        r"\bliability\b|\bliable\b",
        r"\b(?:shall|will)\s+(?:have\s+(?:no|any)|not\s+have\s+any|not\s+be|be)\s+(?:liability|liable)\b|\bneither\b[\s\S]{0,160}\b(?:liability|liable)\b",
        r"\b(?:consequential|incidental|indirect|punitive|special|exemplary|lost\s+profits|loss\s+of\s+profits?|direct\s+or\s+indirect)\b",
        bars=(r"\binsurance\b",),
        weight=0.8,
    ),
    _rule(
        "Uncapped Liability",
        r"\b(?:limit(?:s|ed|ations?)?|exclusions?|caps?)\b",
        r"\b(?:inapplicable|shall\s+not\s+(?:apply|limit)|(?:do|does|will)\s+not\s+(?:apply|limit)|unlimited|without\s+limit)\b",
        r"\b(?:liabilit(?:y|ies)|damages|indemnif\w+)\b",
        bars=(r"\binsurance\b|\btax(?:es)?\b|\bstatute\b",),
        weight=0.5,
    ),
    _rule(
        "Uncapped Liability",
        r"^\W*(?:except|other\s+than|excluding)\b",
        r"\b(?:liable|liability)\b",
        r"\b(?:consequential|incidental|indirect|punitive|special|exceed|aggregate)\b",
        weight=0.5,
    ),
    _rule(
        "Uncapped Liability",
        r"\b(?:limitation|limit|exclusion|foregoing|except)\w*\b",
        r"\b(?:shall\s+not\s+apply|do(?:es)?\s+not\s+apply|not\s+limit|except\s+(?:for|with\s+respect|in\s+the\s+case)|unlimited|other\s+than)\b",
        r"\bliab(?:ility|le|ilities)\b",
        r"\b(?:indemnif\w+|confidential\w*|gross(?:ly)?\s+negligen\w+|wil?lful|fraud|intentional|death|personal\s+injury)\b",
        r"\b(?:damages|aggregate|consequential|exceed|limitation|limit)\b",
        bars=(r"\binsurance\b|\btax(?:es)?\b",),
        weight=0.5,
    ),
    _rule(
        "Liquidated Damages",
        r"\bliquidated\s+damages\b|\btermination\s+fee\b|\bearly\s+termination\s+(?:fee|charge|payment)\b",
        r"\b(?:shall|will|agree|pay|payable|must)\b",
        bars=(r"\bnot\s+(?:be\s+)?(?:liable|constitute)\b",),
        weight=0.7,
    ),
    _rule(
        "License Grant",
        _GRANT,
        r"\blicen[sc]e\b|\bright\s+(?:and\s+license|to\s+(?:use|sell|market|distribute|manufacture|make|reproduce|display|access))\b|\brights\s+to\s+use\b",
        bars=(
            r"\bnot\s+(?:be\s+deemed\s+to\s+)?grant|\bno\s+(?:right|licen[sc]e)\b|\bnothing\b|\bwarrants?\b|\brepresents?\b|\bexcept\s+as\s+expressly\b|\bterminat\w+\s+of\s+the\s+licen|\boption\b|\bimmunit|\bgovernmental\b|\bindemnif|\bshares?\b|\bregistration\b",
        ),
        weight=0.8,
    ),
    _rule(
        "Non-Transferable License",
        r"\blicen[sc]e\b|\bright\b",
        r"\bnon-?\s?transferable\b|\bnon-?\s?assignable\b|\bnot\s+(?:be\s+)?(?:assign|transfer|sublicens)\w*\b[\s\S]{0,60}\blicen[sc]e\b|\blicen[sc]e\b[\s\S]{0,200}\b(?:may|shall)\s+not\s+(?:be\s+)?(?:assign|transfer|sublicens)",
        bars=(r"\bshares?\b|\bsecurit(?:y|ies)\b",),
        weight=0.75,
    ),
    _rule(
        "Irrevocable Or Perpetual License",
        r"\b(?:licen[sc]e|right)\b",
        r"\b(?:irrevocabl[ey]|perpetual(?:ly)?)\b",
        _GRANT,
        bars=(
            r"\bproxy\b|\bconsents?\s+to\s+(?:the\s+)?jurisdiction\b|\bguarant|\battorney-in-fact\b|\bwaive",
        ),
        weight=0.75,
    ),
    _rule(
        "Unlimited/All-You-Can-Eat-License",
        r"\b(?:unlimited|without\s+limit(?:ation)?\s+(?:as\s+to|on)|enterprise[- ]wide|unrestricted)\b",
        r"\b(?:licen[sc]e|right\s+to\s+use|users?|copies|usage|use)\b",
        _GRANT,
        bars=(r"\bliab",),
        weight=0.5,
    ),
    _rule(
        "Affiliate License-Licensor",
        _GRANT,
        r"\b(?:on\s+behalf\s+of\s+(?:itself|themselves)|for\s+itself)\s+and\s+(?:its|their|all\s+of\s+its)\s+(?:affiliates|subsidiaries)\b",
        r"\b(?:licen[sc]e|right\s+to|patents?)\b",
        bars=(r"\bshares?\b|\boption\b",),
        weight=0.55,
    ),
    _rule(
        "Affiliate License-Licensee",
        _GRANT,
        r"\b(?:to|for)\b[\s\S]{0,80}\b(?:and\s+(?:its|their)\s+(?:\w+\s+)?(?:affiliates|subsidiaries)|affiliates)\b",
        r"\b(?:licen[sc]e|right\s+to)\b",
        bars=(r"\bindemnif|\bshares?\b|\bnothing\b",),
        weight=0.55,
    ),
    _rule(
        "Ip Ownership Assignment",
        r"\b(?:assigns?|assigned|work\s+(?:made\s+)?for\s+hire|works\s+made\s+for\s+hire|vests?\s+in|shall\s+own|exclusive\s+property|sole\s+property|be\s+owned\s+by)\b",
        r"\b(?:intellectual\s+property|copyrights?|patents?|inventions?|works?\s+(?:made\s+)?for\s+hire|work\s+product|improvements|developments?|deliverables|trademarks?|materials)\b",
        r"\b(?:right,?\s+title,?\s+(?:and\s+)?interest|hereby\s+assign|agrees?\s+to\s+assign|shall\s+assign|for\s+hire|exclusive\s+property|sole\s+property|exclusively\s+own)\b",
        bars=(r"\bretain|\bremain\b|\bthis\s+agreement\s+may\b|\bconsent\b|\bsuccessors?\s+and\s+assigns\b",),
        weight=0.65,
    ),
    _rule(
        "Joint Ip Ownership",
        r"\bjoint(?:ly)?\b",
        r"\b(?:own(?:ed|ership|s)?)\b",
        r"\b(?:intellectual\s+property|copyrights?|patents?|inventions?|improvements|developments?|works?|trademarks?|mark)\b",
        bars=(r"\bjoint\s+venture\s+compan|\bjoint\s+and\s+several",),
        weight=0.6,
    ),
    _rule(
        "Source Code Escrow",
        r"\bescrow\b",
        r"\bsource\s+code\b",
        weight=0.7,
    ),
    _rule(
        "Audit Rights",
        r"\b(?:audit|inspect(?:ion)?|examin(?:e|ation))\b",
        r"\b(?:books|records|facilit(?:y|ies)|premises|accounts|accounting|books\s+and\s+records|documentation|sites?)\b",
        r"\b(?:right|may|shall|permit|allow|entitled|access|available)\b",
        bars=(
            r"\bfinancial\s+statements\b[\s\S]{0,80}\baccountants\b|\bSEC\b|\bprospectus\b|\bgoods\s+upon\s+(?:receipt|delivery)\b|\binspection\s+of\s+the\s+products\b",
        ),
        weight=0.7,
    ),
    _rule(
        "Audit Rights",
        r"\b(?:books|records)\b",
        r"\bmake\s+(?:\w+\s+){0,2}available\b|\bavailable\s+(?:for|to)\b[^.;]{0,40}\b(?:inspection|review|audit|examination)\b|\baccess\s+to\b[^.;]{0,60}\b(?:books|records)\b",
        bars=(r"\bSEC\b|\bprospectus\b|\bdue\s+diligence\b",),
        weight=0.6,
    ),
    _rule(
        "Insurance",
        r"\binsurance\b|\binsured\b|\bpolic(?:y|ies)\b",
        r"\b(?:maintain|obtain|carry|procure|provide|keep|name|certificate|coverage|minimum|limits?|evidence|primary|require)\w*\b",
        r"\b(?:shall|will|agrees?|must|required)\b|\$",
        r"\binsur",
        bars=(
            r"\binsurance\s+compan(?:y|ies)\s+(?:law|act)|\bdeposit\s+insurance\b|\bfdic\b|\btitle\s+insurance\b|\bexcept\s+to\s+the\s+extent\b",
        ),
        weight=0.75,
    ),
    _rule(
        "Minimum Commitment",
        r"\bminimum\b|\bat\s+least\b|\bno\s+(?:less|fewer)\s+than\b|\bnot\s+(?:less|fewer)\s+than\b|\bguarantee[sd]?\b",
        r"\b(?:purchase|order|buy|pay|royalt(?:y|ies)|sell|deliver|volume|quantit(?:y|ies)|units|impressions|fee|spend|sales)\w*\b",
        r"\b(?:shall|will|must|agrees?\s+to|commits?|required\s+to|obligated)\b",
        r"\b(?:annual(?:ly)?|per\s+(?:year|month|quarter|calendar)|each\s+(?:year|month|quarter|contract|calendar)|during|quarterly|yearly|minimum|guarantee\w*)\b",
        bars=(
            r"\bshares\b|\bliabilit|\bdamages\b|\breports?\b|\bnegotiate\b|\bestimated\b|\bonce\s+(?:each|per|a)\b|\bunless\s+modified\b",
            r"\bnotice\b|\binsurance\b|\bdays\s+(?:prior|after|before|written)\b|\brating\b|\bcoverage\b|\bminimum\s+(?:age|standards|requirements)\b|\bwage\b",
        ),
        weight=0.6,
    ),
    _rule(
        "Minimum Commitment",
        r"\bminimum\s+(?:\w+\s+){0,2}(?:order|purchases?|quantit(?:y|ies)|commitment|volume|royalt(?:y|ies)|payment|fee|charge|requirements?|guarantee)\b|\bguarantees?\s+a\s+minimum\b|\btake[- ]or[- ]pay\b",
        bars=(r"\bshares\b|\binsurance\b|\bmeans\b|\bwage\b|\bliabilit|\bcoverage\b",),
        weight=0.55,
    ),
    _rule(
        "Volume Restriction",
        r"\b(?:exceed|in\s+excess\s+of|more\s+than|maximum|limit(?:ed)?\s+(?:of|to)|up\s+to)\b",
        r"\b(?:units|quantit(?:y|ies)|volume|capacity|hours|copies|users|daily|appearances|orders|forecast|days\s+per|per\s+(?:year|month|day))\b",
        r"\b(?:shall|will|may|not\s+(?:be\s+)?(?:required|obligated))\b",
        r"\b(?:obligat|require|additional\s+(?:fee|charge|cost)|not\s+exceed|maximum)\w*\b",
        bars=(
            r"\bliab|\bdamages\b|\binsur|\binterest\b|\bexpenses\b|\$|\bpercent\b|%|\bshares?\b|\backnowledged\b",
        ),
        weight=0.4,
    ),
    _rule(
        "Volume Restriction",
        r"\b(?:exceed\w*|in\s+excess\s+of|more\s+than|above|beyond)\b",
        r"\b(?:usage|users?|seats|quantit(?:y|ies)|volumes?|capacity|forecast\w*|hours|days|units|transactions|copies|threshold|limit)\b",
        r"\b(?:additional|extra|overage|excess)\s+(?:\w+\s+)?(?:fees?|charges?|payment|rate)\b|\bsurcharge|\bconsent\b|\bapproval\b|\bnot\s+(?:be\s+)?(?:obligated|obliged|required)\b|\bfor\s+each\s+(?:additional|day|hour|unit|user)\b",
        bars=(
            r"\bliab|\bdamages\b|\binsur|\binterest\b|\bshares?\b|\bnotice\b|\bpayment\s+is\b|\bexpenses?\s+in\s+excess\b",
        ),
        weight=0.45,
    ),
    _rule(
        "Price Restrictions",
        r"\b(?:price|prices|pricing|fees?|rates?)\b",
        r"\b(?:increase[sd]?|raise[sd]?|adjust(?:ed|ment)?|reduce[sd]?)\b",
        r"\b(?:not\s+(?:to\s+)?(?:exceed|increase|be\s+increased)|no\s+more\s+than|limited\s+to|shall\s+not|may\s+not|only\s+(?:if|once)|maximum)\b",
        bars=(r"\binterest\s+rate\b|\bshares?\b|\bpurchase\s+price\s+of\s+the\s+shares\b|\btax",),
        weight=0.5,
    ),
    _rule(
        "Revenue/Profit Sharing",
        r"\b(?:percent(?:age)?|%|royalt(?:y|ies)|commissions?|share\s+of)\b",
        r"\b(?:net\s+(?:sales|revenues?|profits?|income|receipts)|gross\s+(?:sales|revenues?|receipts|margin|profits?)|revenues?|profits|sales\s+price|retail\s+price|purchase\s+price)\b",
        r"\b(?:shall|will)\s+(?:pay|receive|be\s+(?:paid|entitled)|remit|share|retain)\b|\bequal\s+to\b|\bentitled\s+to\s+(?:receive)?",
        bars=(r"\binterest\b|\blate\s+pay|\btax(?:es)?\s+on\b|\baudit\b|\bunderpay|\bdiscount\b|\bmeans\b",),
        weight=0.6,
    ),
    _rule(
        "Exclusivity",
        r"\bexclusiv(?:e|ely|ity)\b|\bsole(?:ly)?\s+(?:and\s+exclusive|supplier|provider|source|distributor)\b",
        r"\b(?:supplier|provider|distributor|right|licen[sc]e|agent|sponsor|territory|field|sell|purchase|appoint\w*|market|products?|services?|partner)\b",
        r"\b(?:shall|will|grants?|appoints?|agrees?|hereby|may)\b",
        bars=(
            r"\bnot\b[^.;]{0,60}\bexclusive\b|\bnothing\b[^.;]{0,120}\bexclusive\b|\bwish(?:es)?\s+to\b|\bshall\s+mean\b|\bexclusive\s+right\s+to\s+use\b|\bresponsible\s+for\b",
            r"\bnon-?\s?exclusive(?:ly)?\b|\bexclusive\s+(?:jurisdiction|remed(?:y|ies)|venue|forum|property|owner(?:ship)?)\b|\bexclusive\s+of\b|\bnot\s+exclusive\b|\bsole\s+and\s+exclusive\s+(?:remedy|liability|property|owner)\b|\bexclusively\s+in\s+the\s+(?:courts?|state)\b|\bjurisdiction\b|\bremed(?:y|ies)\b",
        ),
        weight=0.65,
    ),
    _rule(
        "Exclusivity",
        r"\b(?:all|entire)\s+(?:of\s+)?(?:its|their|the)\s+requirements?\b|\bneither\b[^.;]{0,120}\bshall\b[^.;]{0,60}\b(?:sell|offer|market|promote|license)\b|\b(?:shall|will)\s+not\b[^.;]{0,80}\b(?:appoint|engage|purchase|buy|sell|license)\b[^.;]{0,120}\b(?:any\s+other|third\s+part(?:y|ies)|other\s+than)\b",
        r"\b(?:territory|term|products?|services?|supplier|distributor|purchase|exclusive(?:ly)?)\b",
        bars=(
            r"\bassign|\bconfidential|\bdisclos|\bsolicit|\bemploy|\bshares?\b|\bliab|\bwithout\s+the\s+(?:prior\s+)?written\s+consent\b",
        ),
        weight=0.5,
    ),
    _rule(
        "Non-Compete",
        r"\bcompet(?:e|es|ing|itive|itor|itors)\b",
        r"\b(?:shall\s+not|will\s+not|not\s+to|may\s+not|agrees?\s+not|neither)\b",
        r"\b(?:engage|directly\s+or\s+indirectly|business|sell|market|develop|participate|own|manufacture|offer|promote|endorse|products?|services?)\b",
        bars=(
            r"\bcompetitive\s+bid|\bcompetent\b|\bcompetitive\s+(?:price|pricing|rates)\b|\bconfidential\s+information\b|\bprovide[sd]?\s+however\s+that\s+nothing\b|\bnothing\s+in\b",
        ),
        weight=0.65,
    ),
    _rule(
        "Competitive Restriction Exception",
        r"\b(?:notwithstanding|except(?:ion)?|nothing|provided,?\s+however|foregoing|shall\s+not\s+(?:prohibit|restrict|prevent|apply))\b",
        r"\b(?:compet(?:e|ing|itive|itor)|exclusiv\w+|non-?compet\w+|solicit\w*)\b",
        r"\b(?:may|permitted|prohibit|restrict|prevent|apply|entitled)\w*\b",
        r"\b(?:nothing|shall\s+not\s+(?:prohibit|restrict|prevent|apply)|shall\s+be\s+(?:permitted|entitled)|foregoing\s+(?:restriction|exclusiv|covenant))\b",
        weight=0.4,
    ),
    _rule(
        "No-Solicit Of Employees",
        r"\b(?:solicit|recruit|hire|employ|entice|induce)\b",
        r"\bemployees?\b|\bpersonnel\b",
        r"\b(?:shall\s+not|will\s+not|not\s+to|may\s+not|agrees?\s+not|neither|refrain)\b",
        bars=(r"\bdiscriminat|\bworkers'?\s+compensation\b|\bcustomers\s+only\b",),
        weight=0.75,
    ),
    _rule(
        "No-Solicit Of Customers",
        r"\b(?:solicit|divert|entice|induce|interfere)\b",
        r"\b(?:customers?|clients?|accounts?|subscribers?|suppliers?)\b",
        r"\b(?:shall\s+not|will\s+not|not\s+to|may\s+not|agrees?\s+not|neither|refrain)\b",
        bars=(r"\borders?\b",),
        weight=0.7,
    ),
    _rule(
        "Non-Disparagement",
        r"\bdisparag|\bdefam|\bderogatory\b|\bdetrimental\s+to\s+the\s+(?:reputation|goodwill)\b|\bdisrepute\b",
        r"\b(?:shall\s+not|will\s+not|not\s+to|may\s+not|agrees?\s+not|neither|refrain|no)\b",
        weight=0.7,
    ),
    _rule(
        "Most Favored Nation",
        r"\bmost\s+favou?red\b|\b(?:no\s+less\s+favou?rable|(?:at\s+least\s+)?as\s+favou?rable|more\s+favou?rable|lower\s+price|lowest\s+price|better\s+terms)\b",
        r"\b(?:price|prices|pricing|terms|rates?|fees|customers?|third\s+part(?:y|ies))\b",
        r"\b(?:any\s+other|other\s+(?:customers?|part(?:y|ies)|licensees?|purchasers?)|third\s+part(?:y|ies)|most\s+favou?red)\b",
        bars=(r"\binsur|\bindemnif|\bsettle",),
        weight=0.6,
    ),
    _rule(
        "Rofr/Rofo/Rofn",
        r"\bright\s+of\s+first\s+(?:refusal|offer|negotiation|opportunity)\b|\bfirst\s+(?:right|option|opportunity)\s+to\b|\bfirst\s+refusal\b|\bROF[RON]\b|\b(?:shall|must|will)\s+first\s+(?:offer|negotiate)\b",
        r"\b(?:shall|will|grants?|has|have|right|may)\b",
        weight=0.8,
    ),
    _rule(
        "Warranty Duration",
        r"\bwarrant(?:y|ies|s|ed)\b",
        rf"\b(?:for|within|during)\b[\s\S]{{0,60}}{_PERIOD}|\bwarranty\s+period\b",
        r"\b(?:products?|equipment|software|services?|system|goods|workmanship|materials|defects?|perform|deliverables|hardware)\b",
        bars=(
            r"\brepresents?\s+and\s+warrants?\s+that\s+(?:it|he|the\s+company)\s+(?:is|has)\b|\bcopyright\b|\binfring",
        ),
        weight=0.55,
    ),
    _rule(
        "Post-Termination Services",
        r"\b(?:upon|after|following|on|in\s+the\s+event\s+of)\b[\s\S]{0,40}\b(?:terminat\w+|expir\w+)\b",
        r"\b(?:shall|will|may)\s+(?:have\s+the\s+right|continue|be\s+(?:entitled|permitted|allowed|obligated)|provide|cooperate|assist|deliver|return|purchase|sell|remove|pay|cease)\b",
        r"\b(?:inventory|stock|transition|wind|sell[- ]off|remaining|assist\w*|continue|survive|outstanding|purchase)\b",
        bars=(
            r"\bconfidential\s+information\b|\bsurviv\w+\s+(?:the\s+)?(?:any\s+)?(?:expir|terminat)|\bindemnif|\bnotice\s+of\s+termination\b",
        ),
        weight=0.45,
    ),
    _rule(
        "Post-Termination Services",
        r"^\W*(?:(?:upon|after|following|on|in\s+(?:the\s+event|case)\s+of)\s+(?:any\s+|the\s+|such\s+)?(?:expiration|expiry|termination|cancellation)|within\b[^,]{3,60}\b(?:after|of|following)\s+(?:the\s+|any\s+|such\s+)?(?:expiration|expiry|termination))",
        r"\b(?:shall|will|may|agrees?\s+to)\b",
        r"\b(?:return|transfer|transition|pay|sell|dispose|deliver|provide|assist\w*|continue|complete|cease|destroy|purchase|inventory)\b",
        bars=(r"\bindemnif|\bconfidential\s+information\b",),
        weight=0.5,
    ),
    _rule(
        "Covenant Not To Sue",
        r"\b(?:shall\s+not|will\s+not|not\s+to|never|agrees?\s+not|may\s+not|covenants?\s+not|neither|at\s+no\s+time)\b",
        r"\b(?:contest|challenge|attack|dispute|sue|oppose)\b|\bbring\s+(?:any|a|an)\s+(?:claim|action|suit)\b|\bassert\s+any\s+claim\b|\bcovenant\s+not\s+to\s+sue\b",
        r"\b(?:validity|ownership|title|marks?|trademarks?|patent\w*|intellectual\s+property|copyrights?|sue|against)\b",
        bars=(
            r"\barbitrat\w+\b|\bindemnif\w+\b|\brepresents\b|\bpreviously\b",
            r"\bgood\s+faith\s+dispute\b|\bdisputed\s+amount\b|\binvoice\b",
        ),
        weight=0.65,
    ),
    _rule(
        "Third Party Beneficiary",
        r"\bthird[- ]party\s+beneficiar(?:y|ies)\b",
        r"\b(?:is|are|shall\s+be|intended|express)\b",
        bars=(
            r"\bno\s+(?:other\s+)?third|\bnot\s+(?:intended|confer|create)|\bno\s+person\b|\bnothing\b|\bnot\s+be\s+(?:deemed|a)\b|\bthere\s+are\s+no\b",
        ),
        weight=0.6,
    ),
)
"""All rules, by category."""
