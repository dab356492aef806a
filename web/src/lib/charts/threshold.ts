import type uPlot from 'uplot';
import { palette } from './palette';
import type { PanelThreshold } from './panel';

/** A dashed line with its label, and the zone on its wrong side tinted. */
export function drawThreshold(u: uPlot, threshold: PanelThreshold, scale: number): void {
  const { ctx } = u;
  const ratio = devicePixelRatio * scale;
  const { left, top, width, height } = u.bbox;
  const y = Math.round(u.valToPos(threshold.value, 'y', true));
  const colour = palette()[threshold.state];
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.055;
  if (threshold.below) ctx.fillRect(left, y, width, top + height - y);
  else ctx.fillRect(left, top, width, y - top);
  ctx.globalAlpha = 0.8;
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(left, y + 0.5);
  ctx.lineTo(left + width, y + 0.5);
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.font = `${10.5 * ratio}px Inter, system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  // Over the line, or under it where there is no room.
  const plate = y - top < 18 * ratio ? y + 3 * ratio : y - 17 * ratio;
  ctx.fillStyle = palette().surface1;
  ctx.fillRect(left + 2 * ratio, plate, ctx.measureText(threshold.label).width + 8 * ratio, 14 * ratio);
  ctx.fillStyle = colour;
  ctx.fillText(threshold.label, left + 6 * ratio, plate + 13 * ratio);
  ctx.restore();
}
