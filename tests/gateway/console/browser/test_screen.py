"""The browser's own eyes are open: what a page must not do is noticed."""

import pytest

PROVOKE = {
    "error: broken here": "console.error('broken here')",
    "thrown: .*astray": "setTimeout(() => { throw new Error('gone astray'); })",
    "policy violated: style-src.* by inline": """() => { const style = document.createElement('style');
        style.textContent = 'p { color: red }'; document.head.append(style); }""",
    "policy violated: require-trusted-types-for": "setTimeout(() => { document.body.innerHTML = '<b>x</b>'; })",
    "asked of another host: https://elsewhere.example": """() => { const link = document.createElement('a');
        link.href = 'https://elsewhere.example/'; document.body.append(link); link.click(); }""",
}


async def test_window_notices_what_a_page_must_not_do(screen):
    for pattern, provoke in PROVOKE.items():
        await screen.open("/console/projects")
        await screen.page.evaluate(provoke)
        await screen.forgive(pattern)
        screen.objections.clear()


async def test_page_that_cannot_be_used_or_seen_by_all_is_noticed(screen):
    await screen.open("/console/projects")
    await screen.page.evaluate("document.querySelector('label').remove()")
    with pytest.raises(AssertionError, match="label: Form elements must have labels"):
        await screen.check()

    await screen.open("/console/projects")
    await screen.page.evaluate("document.querySelector('main').style.width = '3000px'")
    with pytest.raises(AssertionError, match="px wider"):
        await screen.check()
