// Days as people type them, and counting with them. A day is text such as 2026-04-15, in the agency's own time.
const NEAR = { 前天: -2, 昨天: -1, 今天: 0, 明天: 1, 后天: 2 };
const WEEKDAYS = '一二三四五六日';
const DAY = 86_400_000;

export const iso = (year, month, day) => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
export const today = () => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());
export const plus = (day, days) => new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
/** 0 for Monday. */
export const weekday = (day) => (new Date(day).getUTCDay() + 6) % 7;
export const daysIn = (year, month) => new Date(Date.UTC(year, month, 0)).getUTCDate();
export const parts = (day) => day.split('-').map(Number);
const exists = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

/** The same day so many months later, or the last one of a shorter month. */
export function plusMonths(day, months) {
  const [year, month, date] = parts(day);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const [y, m] = [first.getUTCFullYear(), first.getUTCMonth() + 1];
  return iso(y, m, Math.min(date, daysIn(y, m)));
}

/** 周五 is the coming Friday, today included; 下周五 the Friday of next week. */
function byWeekday(text) {
  const found = /^(下)?(?:周|星期|礼拜)([一二三四五六日天])$/.exec(text);
  if (!found) return '';
  const wanted = WEEKDAYS.indexOf(found[2].replace('天', '日'));
  const now = weekday(today());
  return plus(today(), found[1] ? 7 - now + wanted : (wanted - now + 7) % 7);
}

function byMonth(text) {
  const [year, month] = parts(today());
  if (/^(月底|月末)$/.test(text)) return iso(year, month, daysIn(year, month));
  const date = /^(\d{1,2})[日号]$/.exec(text);
  return date ? iso(year, month, date[1]) : '';
}

/** The day meant by 4.15, 0415, 20260415, 4月15日, 今天, +3, 下周五, 15号 or 月底; null when it is none. */
export function dayOf(typed) {
  const text = typed.normalize('NFKC').replace(/\s/g, '');
  if (Object.hasOwn(NEAR, text)) return plus(today(), NEAR[text]);
  if (/^[+-]\d{1,3}$/.test(text)) return plus(today(), Number(text));
  const full = text.length > 4 && /^(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})[日号]?$/.exec(text);
  const short = /^(\d{1,2})[-./月](\d{1,2})[日号]?$/.exec(text) ?? /^(\d{2})(\d{2})$/.exec(text);
  const year = today().slice(0, 4);
  const found = full ? iso(full[1], full[2], full[3]) : short ? iso(year, short[1], short[2]) : byWeekday(text) || byMonth(text);
  return exists(found) ? found : null;
}
