/** The tokens as the page's own style sheets hold them, so that a new one is shown and pictured without being named anywhere else. */

/** Every custom property of `:root` whose name begins so, in the order of the sheet. */
export function tokens(...prefixes: string[]): string[] {
	const names = [...document.styleSheets].flatMap((sheet) => namesIn(sheet.cssRules));
	return [...new Set(names)].filter((name) => prefixes.some((prefix) => name.startsWith(`--${prefix}`)));
}

function namesIn(rules: CSSRuleList): string[] {
	return [...rules].flatMap((rule) => {
		if (rule instanceof CSSLayerBlockRule) return namesIn(rule.cssRules);
		return rule instanceof CSSStyleRule && rule.selectorText === ':root' ? [...rule.style].filter((name) => name.startsWith('--')) : [];
	});
}
