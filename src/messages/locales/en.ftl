# The shop's texts. Markup: Telegram HTML. Names and titles arrive already escaped.

-brand = GigaBridge
-app-days = The app may show a day or two more: the server counts whole days. What is written here counts.

## Common

days = { $days ->
    [one] { $days } day
   *[other] { $days } days
}
hours = { $hours ->
    [0] less than an hour
    [one] { $hours } hour
   *[other] { $hours } hours
}
traffic = { $gb } GB
traffic-unlimited = unlimited traffic
traffic-unlimited-until = unlimited traffic until { $until }, then { $gb } GB
places = { $count ->
    [one] { $count } place
   *[other] { $count } places
}
clock-moscow = { $time } Moscow time
clock-zone = { $time } ({ $zone })

button-menu = ⬅️ Menu
button-back = ⬅️ Back
button-buy = 🛒 Buy a subscription
button-subscriptions = 🔑 My subscriptions
button-help = ❓ Help
button-support = 💬 Support
button-language = 🌐 Язык / Language
button-settings = ⚙️ Settings
button-terms = 📄 Terms
button-hide = 🙈 Hide
button-refresh = 🔄 Refresh
button-next = More ➡️
button-previous = ⬅️ Previous
button-new-menu = 🏠 Menu

## Menu

welcome =
    👋 Hello, <b>{ $name }</b>!

    This is { -brand }: a fast VPN for several devices. Choose a country and a period, pay, and the key arrives here in the chat within seconds.

    Your money is looked after: you end up with either a key or your money back, and every step shows which.
menu =
    🏠 <b>Menu</b>

    What would you like to do?
menu-unfinished-payment =
    💳 You have an unpaid order: { $plan }, { $price }. You can open it and pay; there will be no second link.
menu-unfinished-dialog = ✍️ You have not finished choosing a subscription. You can go on from where you were.
button-open-payment = 💳 Open the order
button-continue = ▶️ Go on choosing

## The trial

button-trial = 🎁 Try it for free
button-trial-paid = 🎁 Try it for { $price }
menu-trial = { $paid ->
    [true] 🎁 New here? Try it for { $price }: { $days }, { $traffic }.
   *[false] 🎁 New here? Try it for free: { $days }, { $traffic }.
}
trial =
    🎁 <b>{ $paid ->
        [true] Try it for { $price }
       *[false] Try it for free
    }</b>

    { $days }, { $traffic }. { $paid ->
        [true] It is an order like any other, and its money can be returned. Nothing renews or is charged by itself.
       *[false] No money and no card needed, and nothing renews or is charged by itself.
    } Each person gets one trial.

    Choose a country, and the key arrives here.
trial-ends-with-purchase = A subscription that is bought for the same key before its end begins at once; what is left of the trial is not added.
trial-no-place =
    🎁 <b>{ $paid ->
        [true] Try it for { $price }
       *[false] Try it for free
    }</b>

    { $days }, { $traffic }. There is no free place for a trial now. Come back later: it stays yours.
trial-preparing =
    ⏳ <b>Making your trial key</b>

    This usually takes seconds. No need to wait here: the key arrives in this chat by itself.
trial-away =
    🔧 <b>The trial is not ordered yet</b>

    A part of the shop does not answer right now. Nothing is used up: try again in a minute.
button-channel = 📣 Open the channel
trial-stage = { $stage ->
    [unrecorded] ⏳ <b>Your trial could not be recorded yet</b>

    Something in the shop fails. I keep trying by myself for a day and say here what came of it. Nothing is used up: the trial stays yours.
    [not-given] 😔 <b>The trial could not be given</b>

    Something in the shop kept failing, so I have stopped trying. Nothing is used up: the trial stays yours. Press the button and try again.
    [panel-unavailable] ⏳ <b>The trial is yours, its server does not answer yet</b>

    The key arrives in this chat by itself as soon as the server is back. The days count from then, so you lose nothing.
    [panel-full] ⏳ <b>The trial is yours, its server takes no new keys at the moment</b>

    The server answers, but has no room for a new key. I keep trying, and the key arrives in this chat by itself. The days count from then, so you lose nothing.
    [panel-refuses] ⏳ <b>The trial is yours, its server does not accept the shop’s request</b>

    The server answers, but its settings have to be put right by the shop; nothing is needed from you. I keep trying, and the key arrives in this chat by itself. The days count from then, so you lose nothing.
    [server-changed] ⏳ <b>The trial is yours, another server is making the key</b>

    The first server did not make it, so another one in the same country does. The key arrives in this chat by itself. The days count from then, so you lose nothing.
    [no-other-server] ⏳ <b>The trial is yours, its server does not make the key yet</b>

    There is no other free server in this country right now. I keep trying this one, and the key arrives in this chat by itself. The days count from then, so you lose nothing.
    [issued] ✅ <b>Your trial key is ready</b>

    I have sent it in a message of its own, and you find it in “My subscriptions” at any time. If you like it, buy a subscription for the same key: the days add up, and nothing has to be set up again.
    [key-owed] ✅ <b>Your trial key is ready</b>

    I could not send it as a message yet. It is in “My subscriptions”: press the button below. If you like it, buy a subscription for the same key: the days add up, and nothing has to be set up again.
    [panel-gone] 😔 <b>The trial key could not be made</b>

    The server it was to be on is gone for good, and no other one there has a free place. You have lost nothing: the trial is yours again. Press the button and choose another country.
    [revoked] 😔 <b>The trial was taken back before its key was made</b>

    Write to support with your Telegram id (it is in /support) if that is not what you expected.
    [full] 🚫 <b>No place is left here</b>

    The trial stays yours: choose another country, or come back later.
    [unavailable] 🚫 <b>No keys are given out here any more</b>

    The trial stays yours: choose another country.
    [changed] 🔄 <b>The trial has changed</b>

    Look at what it gives now, and choose the country once more: it stays yours.
    [friends-spent] 🌙 <b>Today's trials by this invitation are all given out</b>

    Come back tomorrow: it stays yours. Or buy a subscription, it starts at once.
    [spent] 🌙 <b>Today's trials are all given out</b>

    Come back tomorrow: it stays yours. Or buy a subscription, it starts at once.
    [not-member] 📣 <b>The trial is for members of our channel</b>

    Join the channel and come back: the trial stays yours.
    [off] <b>There are no trials at the moment</b>

    You can buy a subscription: if there is no key, the money comes back.
   *[not-new] <b>Each person gets one trial</b>

    It is for people who have never had a subscription. Your subscriptions and keys are in “My subscriptions”.
}

## Buying

locations =
    🌍 <b>Step 1 of 4: the country</b>

    Websites will think you are in this country. The closer it is, the faster the connection.
locations-empty =
    😔 <b>Nothing is for sale right now</b>

    The owner has not put any servers up yet. Please come back later or write to support.
servers =
    { $flag } <b>{ $location }. Step 2 of 4: the server</b>

    Not sure which one? Press “Choose for me” and I will take the one with the most room.
servers-full =
    { $flag } <b>{ $location }</b>

    Every place in this country is taken. Please choose another one; a place that becomes free will show up here again.
button-any-server = ✨ Choose for me
button-server = { $name } · { $places }
button-server-unlimited = { $name } · has room
button-server-away = ⚠️ { $name } · not answering
button-server-late = ⚠️ { $name } · key may be late
button-server-full = 🚫 { $name } · full
plans =
    { $flag } <b>{ $location }, { $server }. Step 3 of 4: the period</b>

    The price is final. It is prolonged only when you say so: nothing is ever charged automatically.
plans-renewal =
    🔁 <b>Renew: { $flag } { $location }, { $server }</b>

    { $ends ->
        [true] The new period begins at once, and what is left of the trial is not added. The key stays the same.
       *[false] The new period is added to the current one and the key stays the same.
    } Nothing is ever charged automatically.
plans-gift =
    🎁 <b>Give a subscription</b>

    Choose what you give. You get a link to send on; whoever opens it chooses a country and has their own key. Their days count from then, not from your payment.
plans-empty =
    😔 <b>There are no plans yet</b>

    The owner has not put any plans up for sale. Please come back later or write to support.
button-plan = { $name } · { $price }
any-server = any server
confirm =
    🧾 <b>Step 4 of 4. Is everything right?</b>

    { $flag } <b>{ $location }</b>, { $server }
    { $plan }: { $days }, { $traffic }
    To pay: <b>{ $price }</b>

    { $free ->
        [true] Press the button: there is nothing to pay, and the key arrives here by itself.
       *[false] Press “Pay” and I will send a link to the payment page.{ $trouble ->
        [none] {" "}After the payment the key arrives here by itself, usually within seconds. If the server cannot issue it, the money goes back.
       *[other] {""}
       }
    }
confirm-renewal =
    🧾 <b>Shall we renew?</b>

    { $flag } <b>{ $location }</b>, { $server }
    { $plan }: { $days } more, { $traffic }
    To pay: <b>{ $price }</b>

    { $free ->
        [true] Press the button: there is nothing to pay. The key stays the same, and the period is prolonged by itself.
       *[false] Press “Pay” and I will send a link to the payment page. The key stays the same, and the period is prolonged by itself after the payment.
    }
confirm-gift =
    🎁 <b>Shall we wrap it?</b>

    A gift for somebody else
    { $plan }: { $days }, { $traffic }
    To pay: <b>{ $price }</b>

    Press “Pay” and I will send a link to the payment page. After the payment the gift’s link arrives here by itself. It can be claimed once, and its days count from that moment.
renewal-ends-trial = 🎁 It begins at once, and what is left of the trial is not added. It comes back if all the money for this is refunded.
renewal-after-unlimited = ♾ Your unlimited days come first; { $traffic } of this order count after them.
renewal-unlimited-first = ♾ The unlimited days begin at once; traffic that you have not used waits until they are over.
confirm-receipt = 🧾 The receipt goes to <b>{ $contact }</b>.
contact-ask =
    🧾 <b>Where should the receipt go?</b>

    By law the shop makes a receipt for each payment. Write here, in the chat, { $accepted ->
        [email] an e-mail address, such as <code>ann@example.com</code>
       *[email-or-phone] an e-mail address or a phone number, such as <code>ann@example.com</code> or <code>+7 900 123-45-67</code>
    }.

    I ask once. /settings changes the address or forgets it.
contact-wrong =
    🧾 <b>No receipt would get there</b>

    That does not look like { $accepted ->
        [email] an e-mail address. I need one like <code>ann@example.com</code>
       *[email-or-phone] an e-mail address or a phone number. I need an address like <code>ann@example.com</code> or a number like <code>+7 900 123-45-67</code>
    }. Please send it once more, in one message.
contact-saved =
    👌 <b>Noted</b>

    The next receipts go there. /settings changes the address or forgets it.
button-change-contact = ✏️ Another address
button-give-contact = ✏️ Give an address for receipts
button-forget-contact = 🗑 Forget the address
toast-contact-forgotten = The address is forgotten.
settings =
    ⚙️ <b>Settings</b>

    { $receipts ->
        [known] Receipts go to <b>{ $contact }</b>.
        [none] The shop does not ask for an address for receipts.
       *[unknown] The shop has no address for your receipts. I will ask for one with your next purchase.
    }
server-trouble = ⚠️ <b>{ $trouble ->
    [away] This server does not answer right now.
   *[other] This server issues no keys right now.
}</b> If you pay, the key comes by itself as soon as it works again. While you wait you can ask for another server or your money back; if it takes too long, the money goes back by itself.
server-trouble-renewal = ⚠️ <b>{ $trouble ->
    [away] Your server does not answer right now.
   *[other] Your server takes no changes from the shop right now.
}</b> If you pay, the renewal reaches it by itself as soon as it works again. While you wait you can ask for your money back; if it takes too long, the money goes back by itself.
server-trouble-free = ⚠️ <b>{ $trouble ->
    [away] The server does not answer right now.
   *[other] The server makes no keys and takes no changes right now.
}</b> What you get is recorded all the same, and comes by itself as soon as it works again. No day of it passes before that.
free-trouble = ⚠️ <b>{ $all ->
    [true] None of these servers makes keys or takes changes right now.
   *[false] The servers marked ⚠️ make no keys and take no changes right now.
}</b> What you choose is recorded all the same, and comes by itself as soon as the server works again. No day of it passes before that.
confirm-trouble-other = You can also choose another server now.
button-choose-server = 🔀 Another server
button-pay-confirmed = ✅ Pay { $price }
plan-changed =
    ℹ️ <b>The plan has changed</b>

    While you were choosing, the owner changed the plan “{ $plan }”. It is now { $days }, { $traffic } for <b>{ $price }</b>. Nothing was charged. Look at the order once more if the new terms suit you.
other-order =
    🔀 <b>You already have another unpaid order</b>

    It is not what you have chosen now. The earlier order:

    { $order }

    You have chosen now:

    { $flag } <b>{ $location }</b>, { $server }
    { $plan }: { $days }, { $traffic }
    To pay: <b>{ $price }</b>

    The new order is not made yet. You can open the earlier one, or cancel it and make the new one. Please don’t pay with the link of a cancelled order: it closes by itself when its time is over.
other-order-gift =
    🔀 <b>You already have another unpaid gift</b>

    It is not what you have chosen now. The earlier order:

    { $order }

    You have chosen now: { $plan }: { $days }, { $traffic }, <b>{ $price }</b>.

    Which of the two do you want?
button-take-up = ↩️ The earlier order, { $price }
button-pay-instead = ✅ Cancel it, pay { $price }
button-see-again = 🧾 See the order
unavailable =
    😔 <b>This is no longer for sale</b>

    While you were choosing, the owner stopped selling the plan, the server or the country. Nothing was charged. Please choose again.
full =
    😔 <b>The last place has just been taken</b>

    Nothing was charged. Please choose another server or another country.
no-gifts =
    🎁 <b>Gifts are not sold at the moment</b>

    Nothing was ordered and nothing is to be paid. Gifts that were paid for can be claimed by their links as before.
blocked =
    🚫 <b>The shop takes no new orders from you</b>

    It gives you no trials, codes, gifts or rewards either. What you have paid for stays yours: your keys work until their end, and money that goes back goes back.

    If you think this is a mistake, write to support and include your id, it is in /support.
limit-reached =
    😔 <b>This subscription can’t be renewed any further</b>

    As many days or as much traffic are paid for as the server can count, it takes no more. Nothing was charged. You can buy a second subscription.
button-choose-again = 🔁 Choose again
expired-dialog =
    ⏱ <b>This choice has expired</b>

    More than an hour has passed, or you started over in another message. Nothing was charged. Please start again, it takes a minute.
cancelled-dialog =
    👌 <b>Choice cancelled</b>

    Nothing was charged. The menu is always here.
nothing-to-cancel = There is nothing to cancel: you are not choosing anything right now. Here is the menu.

## Promo codes

button-promo = 🎟 Promo code
button-promo-accept = 👌 I see, go on
button-promo-plans = 🛒 Choose a subscription
button-promo-drop = ✖️ Without the code
button-promo-again = 🎟 Enter another code
promo-welcome =
    👋 Hello, <b>{ $name }</b>!

    This is { -brand }: a fast VPN for several devices. { $kept ->
        [true] I have kept your promo code, it waits for 7 days.
       *[false] The promo code of your link can't be used now; you can enter one later.
    } First choose a language and read the terms.
promo-ask =
    🎟 <b>What is your promo code?</b>

    Send it in one message, for example <code>SUMMER-20</code>. Capital and small letters are the same.
promo-offer =
    🎟 <b>The promo code { $code } is accepted</b>

    { $gives }. I remember it for 7 days and show the prices with it at once.
promo-gives = { $kind ->
    [percent-free] A plan of your choice as a present
    [days-alone-free] { $days } more as a present, without a purchase
    [percent] { $percent } % off
    [fixed] { $sum } off
   *[days] { $days } more as a present with a purchase
}
promo-until = { $has ->
    [true] Valid until { $until }.
   *[false] It has no end date.
}
promo-from = It is valid from { $from }.
promo-audience = { $audience ->
    [first-purchase] For a first purchase only.
   *[no-subscription] Only for those who have no living subscription now.
}
promo-min-days = For plans of { $days } or more.
promo-renewals = { $renewals ->
    [true] Good for new subscriptions and for renewals.
   *[false] Good for new subscriptions; not for renewals.
}
promo-prices = 🎟 Prices with the promo code <b>{ $code }</b>:
promo-plan = { $name }: { $price }{ $more }
promo-plan-days = {" "}+ { $days }
promo-line = 🎟 Promo code <b>{ $code }</b>: { $gives ->
    [days] { $days } more as a present
   *[discount] { $discount } off
}
promo-again = 🎟 The promo code <b>{ $code }</b> is yours again: you can use it once more until { $until }, as long as uses of it are left.
promo-changed =
    ℹ️ <b>Look at the order once more</b>

    The promo code does not give what the last screen said. Nothing was charged.
promo-set-aside = { $wins ->
    [offer] 🎁 Your personal offer <b>{ $code }</b> is better than the promo code <b>{ $other }</b>. They are not added: the offer counts, the code stays unused.
   *[code] 🎁 The promo code <b>{ $code }</b> is better than your personal offer <b>{ $other }</b>. They are not added: the code counts, the offer stays yours.
}
promo-refusal-line = 🎟 The promo code <b>{ $code }</b> does nothing here. { $why }
promo-why = { $reason ->
    [foreign] It is a personal offer for somebody else.
    [not-yet] Its time has not come yet.
    [over] It is not valid any more.
    [all-used] All its uses are taken. If somebody does not pay their order, one may become free again.
    [yours-used] You have used it already.
    [first-purchase] It is for a first purchase only.
    [no-subscription] It is only for those who have no living subscription.
    [plan] It is not for this plan.
    [min-days] It is for longer plans.
    [renewals] It is for new subscriptions, not for renewals.
    [alone] It gives days without a purchase: enter it with the button “Promo code” and choose a subscription.
    [gift] It gives something to you alone, so it is not for gifts.
    [currency] It takes roubles off, so it is for orders that are paid in roubles.
    [held] Another unpaid order of yours holds it. It becomes free when the payment link runs out, usually within an hour.
   *[unknown] There is no such promo code, or it is not valid any more.
}
promo-refused =
    🎟 <b>This promo code can't be used</b>

    { $why } Nothing was charged. You can buy without it.
promo-malformed =
    🎟 <b>This does not look like a promo code</b>

    { $problem ->
        [look-alike] It has Cyrillic or Greek letters that look like Latin ones, such as А, В, С, Е, Н, О, Р, Х. Promo codes are written in Latin letters: switch the keyboard and type it again.
        [characters] A promo code has only Latin letters, digits, “_” and “-”.
       *[length] A promo code has 4 to 32 characters. Send only the code, without other words.
    }
promo-locked =
    🔒 <b>Too many wrong promo codes</b>

    Try again in { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. You can buy without a code now, too.
promo-away =
    🛠 <b>The promo code can't be checked now</b>

    A part of the shop does not answer. Try again in a few minutes; you can buy without a code now, too.
button-promo-free = 🎁 Get it for free
promo-days =
    🎟 <b>The promo code { $code } is accepted</b>

    It gives { $days } more as a present, there is nothing to pay. Which subscription are they for?
promo-days-none =
    🎟 <b>The promo code { $code } is accepted</b>

    It gives { $days } more as a present for a living subscription, and you have none now. I remember it for 7 days: buy a subscription and enter it again.
promo-asked =
    ⏳ <b>Adding the present…</b>

    Usually this takes a few seconds. This message updates by itself.
promo-asked-away =
    🛠 <b>The present is not asked for yet</b>

    A part of the shop does not answer. Nothing is lost: press again in a minute, it is not used twice.
promo-stage = { $stage ->
    [unrecorded]
        ⏳ <b>The present could not be recorded yet</b>

        Something in the shop fails. I keep trying by myself for a day and say here what came of it. The promo code is not used up.
    [not-given]
        😔 <b>The present could not be given</b>

        Something in the shop kept failing, so I have stopped trying. The promo code is not used. Enter it once more.
    [panel-unavailable]
        🛠 <b>The present is recorded, its server does not answer yet</b>

        It is not lost: I add it as soon as the server is back, and say so here. No day of it passes before that.
    [panel-full]
        🛠 <b>The present is recorded, its server takes no new keys at the moment</b>

        It is not lost: the server answers, but has no room for a new key. I keep trying, and say so here. No day of it passes before that.
    [panel-refuses]
        🛠 <b>The present is recorded, its server does not accept the shop’s request</b>

        It is not lost: the server’s settings have to be put right by the shop, nothing is needed from you. I keep trying, and say so here. No day of it passes before that.
    [server-changed]
        🛠 <b>The present is recorded, another server is making the key</b>

        The first server did not make it, so another one in the same country does. The key arrives in this chat by itself. No day of it passes before that.
    [no-other-server]
        🛠 <b>The present is recorded, its server does not make the key yet</b>

        There is no other free server in this country right now. I keep trying this one, and the key arrives in this chat by itself. No day of it passes before that.
    [issued]
        🎉 <b>The present is there!</b>

        { $key ->
            [new] I have sent the key in a message of its own, and you find it in “My subscriptions” at any time.
           *[known] The key is the same as before, the new term is in “My subscriptions”.
        }
    [key-owed]
        🎉 <b>The present is there!</b>

        I could not send the key as a message yet. It is in “My subscriptions”: press the button below.
    [panel-gone]
        😔 <b>The present could not be made</b>

        { $key ->
            [new] The server it was to be on is gone for good, and no other one there has a free place.
           *[known] The server of this subscription is gone for good.
        } { $isAgain ->
            [true] You have lost nothing: the promo code can be used again until { $until }, as long as uses of it are left. Enter it once more and choose another server or subscription.
           *[false] What the promo code gave was used again since, or its time is over.
        }
    [revoked]
        ⚠️ <b>The present was taken back before it was made</b>

        Write to support if that is not what you expected.
    [full]
        😔 <b>All places on this server are taken</b>

        The promo code is not used. Choose another server or country.
    [unavailable]
        😔 <b>This is not there any more</b>

        The plan, the server or the subscription that you chose is not available. The promo code is not used.
    [limit-reached]
        😔 <b>This subscription can't be prolonged any more</b>

        The server takes no more days. The promo code is not used.
    [changed]
        ℹ️ <b>The terms have changed</b>

        While you were choosing, the promo code or the plan has changed. The promo code is not used. Enter it again.
   *[refused]
        🎟 <b>This promo code can't be used</b>

        { $why }
}
promo-dropped =
    👌 <b>The promo code is put away</b>

    It changes nothing in the prices any more. You can enter it at any time.

## The payment screen

order =
    { $flag } <b>{ $location }</b>, { $server }
    { $plan }: { $days }, { $traffic }
    Amount: <b>{ $price }</b>
    Order <code>{ $number }</code>
order-gift =
    🎁 <b>A gift</b>
    { $plan }: { $days }, { $traffic }
    Amount: <b>{ $price }</b>
    Order <code>{ $number }</code>
server-undecided = I will choose the server
payment-created =
    ⏳ <b>Preparing the payment link…</b>

    { $order }

    It usually takes a couple of seconds. This message updates itself; nothing has been charged yet.
payment-pending =
    💳 <b>The link is ready</b>

    { $order }

    Press “Pay” to open the page of { $provider }. The link works until { $until }. As soon as the money arrives I will write here, so there is no need to wait at the screen.
payment-pending-no-link =
    ⏳ <b>The link is almost ready</b>

    { $order }

    The order is taken, but { $provider } has no payment page for it yet. Nothing has been charged. This message updates itself.
payment-checked = 🔎 Last checked at { $time }: { $provider } does not see a payment yet. If you have only just paid, give it a minute; the money will be noticed by itself.
payment-guarding =
    ⌛ <b>I do not see a payment yet</b>

    { $order }

    I have stopped checking every few seconds, but nothing is lost. The link works until { $until } and can still be paid. If you have paid or are about to, the money will be noticed by itself. To check right now, press “I have paid”.
payment-guarding-over =
    ⌛ <b>Waiting for the last word of { $provider }</b>

    { $order }

    The link has run out and I see no payment. Please do not pay through it any more. If you did pay in time, the money will be noticed by itself. The answer comes here.
payment-mismatch =
    ⚠️ <b>The payment does not match the order</b>

    { $order }

    Money has come, but its amount or currency is not the order’s, so no key is issued yet. The shop’s owner decides: the key, or the money back. The answer comes here.
payment-unknown =
    ⚠️ <b>The payment cannot be found</b>

    { $order }

    { $provider } does not know this payment, so I can’t see whether it was paid. Please do not pay by its link any more. If you have paid, write to support and name the order: a person will look. Otherwise simply order again.
payment-closed-unknown =
    ✖️ <b>The order is closed</b>

    { $order }

    { $provider } does not know this payment, so I can’t see whether it was paid. If you have paid, write to support and name the order. Otherwise simply order again.
payment-paid =
    ✅ <b>The money has arrived, thank you!</b>

    { $order }

    Your payment is recorded. I am making the key on the server, usually a matter of seconds. This message updates itself.
payment-paid-renewal =
    ✅ <b>The money has arrived, thank you!</b>

    { $order }

    Your payment is recorded. I am prolonging the subscription on the server, usually a matter of seconds. This message updates itself.
payment-delayed =
    🛠 <b>The money has arrived, but the server does not answer</b>

    { $order }

    Your payment is recorded and will not get lost. I keep trying by myself. If the server never answers, your money goes back to you automatically. Waiting takes nothing from the time you paid for.
payment-delayed-full =
    🛠 <b>The money has arrived, but the server has no room for a new key</b>

    { $order }

    Your payment is recorded and will not get lost. The server answers, but takes no new keys at the moment. I keep trying by myself; if it does not work out, your money goes back to you automatically.
payment-delayed-refused =
    🛠 <b>The money has arrived, but the server does not accept the shop’s request</b>

    { $order }

    Your payment is recorded and will not get lost. The server answers, but its settings have to be put right by the shop; nothing is needed from you. I keep trying by myself; if it does not work out, your money goes back to you automatically.
payment-delayed-moved =
    🛠 <b>The money has arrived, and your key is being made on another server</b>

    { $order }

    Your payment is recorded and will not get lost. The first server did not make the key, so another one in the same country does. If it does not work out, your money goes back to you automatically.
payment-owner-knows = 🔔 The shop’s owner has been told.
payment-delayed-choices = You can wait, ask for another server in the same country, or have your money back.
payment-delayed-choices-renewal = You can wait or have your money back. Your present key stays yours until the end of the period already paid for.
payment-no-other-server = ℹ️ There is no other free server in this country right now. I keep trying this one.
payment-issued =
    🎉 <b>Done, your subscription works!</b>

    { $order }
payment-issued-gift =
    🎉 <b>Done, your gift is ready!</b>

    { $order }

    { $sent ->
        [yes] I have sent its link and its card in a separate message: send it on to whom it is for.
       *[no] Press the button below: there is its link, to be sent on to whom it is for, as long as nobody has claimed it.
    }
payment-key-sent = 🔑 I have sent the key in a separate message. You will always find it in “My subscriptions” too.
payment-key-in-subscriptions = 🔑 Your key is in “My subscriptions”: press the button below.
payment-issued-renewal =
    🎉 <b>Your subscription is renewed!</b>

    { $order }

    The key is the same and nothing needs setting up. “My subscriptions” shows the new period.
payment-refunding =
    ↩️ <b>Giving your money back</b>

    { $order }

    { $reason } The refund goes through { $provider } to where you paid from. When it is confirmed, I will say so here.
payment-refunded =
    ↩️ <b>Your money has been returned</b>

    { $order }

    { $reason } { $provider } has confirmed the refund. Your bank credits it by itself: usually within minutes, sometimes up to three working days.
payment-refunded-otherwise =
    ↩️ <b>Your money has been returned</b>

    { $order }

    { $reason } If it has not reached you, please write to support.
payment-canceled =
    ✖️ <b>The payment did not go through</b>

    { $order }

    { $reason } The subscription was not bought and the shop has received no money.
payment-expired =
    ⏱ <b>The time to pay has run out</b>

    { $order }

    The link no longer works and was not paid: your money stayed with you. If you still want the subscription, make a new order.
payment-dismissed =
    ✖️ <b>Order cancelled</b>

    { $order }

    You changed your mind, and that is fine. { $provider } cannot close a link early, so please do not pay through it. Should money arrive after all, it will not get lost: I will issue this subscription, or return the money if you have bought another one by then.
payment-dismissed-gift =
    ✖️ <b>Order cancelled</b>

    { $order }

    You changed your mind, and that is fine. { $provider } cannot close a link early, so please do not pay through it. Should money arrive after all, it will not get lost: the gift is made, or the money goes back if you have bought another one by then.
cancel-reason = { $reason ->
    [insufficient_funds] There was not enough money on the card.
    [three_d_secure_failed] The bank did not get a confirmation by SMS or in its app.
    [call_issuer] The bank declined the payment. Only the bank can say why; please try another card.
    [card_expired] The card has expired.
    [country_forbidden] A card of this country cannot be used here.
    [fraud_suspected] { $provider } found the payment suspicious. Please try another card or way to pay.
    [general_decline] The bank declined the payment without saying why. Please try another card or way to pay.
    [identification_required] The YooMoney wallet is over its limit: it needs your identity confirmed.
    [invalid_card_number] The card number is wrong.
    [invalid_csc] The code from the back of the card is wrong.
    [issuer_unavailable] Your card’s bank does not answer right now. Please try a little later.
    [payment_method_limit_exceeded] The card or wallet has reached its payment limit.
    [payment_method_restricted] This card or wallet is not allowed to pay.
    [permission_revoked] The permission to charge was withdrawn.
    [internal_timeout] { $provider } did not manage to process the payment in time. Please try again.
    [provider-unavailable] { $provider } does not answer, so no link could be made. Please try again in a few minutes.
    [provider-refused] { $provider } did not accept this order. Please try later or write to support.
    [provider-credentials] The shop’s payment settings are wrong at the moment. Please write to support.
    [canceled_by_merchant] The shop cancelled this payment.
    [receipt-contact] { $provider } did not accept the address for the receipt. Please try again: I will ask for another one.
    [buyer] You cancelled the order.
   *[other] { $provider } says the payment was cancelled. Please try again or pay another way.
}
refund-reason = { $reason ->
    [replaced] You cancelled this order and bought another subscription, so a second payment is not needed.
    [panel-gone] The server is gone for good, and no other one of this location could issue the key.
    [panel-unavailable] The server never managed to issue the key.
    [buyer-chose-refund] You asked for it.
    [operator-refund] The shop’s support decided so.
    [buyer-refund] You asked for it.
    [cabinet] The shop has returned the money.
    [refunded-outside] The shop had returned a part of it before; the rest goes back.
    [wrong-amount] The amount that came is not the order’s; all of what came goes back.
    [wrong-currency] The payment came in another currency; all of what came goes back.
    [foreign-payment] The payment does not match the order; all of what came goes back.
    [second-payment] Two payments came for this order; the second one is not needed.
    [paid-after-end] The payment came when the order was closed already.
    [refunded-by-other-means] The shop has returned the money in another way.
   *[other] The shop decided so.
}
button-pay = 💳 Pay { $price }
button-i-have-paid = ✅ I have paid
button-cancel-payment = ✖️ Cancel the order
button-wait = ⏳ Wait
button-another-server = 🔀 Another server
button-refund = ↩️ Money back
button-refund-sure = ↩️ Yes, return { $price }
button-keep-waiting = ⏳ No, I will wait
button-buy-again = 🛒 Buy again
button-try-again = 🔁 Try again
button-changed-mind = 🛒 Buy it after all
delay-refund-sure =
    ↩️ <b>Have your money back?</b>

    { $order }

    I will stop trying to issue the key, and { $price } go back to where you paid from. Should the key be ready before that, the order stays yours.
cancel-sure =
    ✖️ <b>Cancel the order?</b>

    { $order }

    If you have already paid, do not cancel: press “I have paid” and I will check.
button-cancel-sure = ✖️ Yes, cancel
button-keep-order = ⬅️ No, keep it

toast-checking = 🔎 Checking the payment…
toast-checking-limit = Already on it. The button checks again in { $seconds } s, but the money will be noticed without it too.
toast-cancelling = Cancelling the order…
toast-noted = Noted, on it.
toast-waiting = All right, I keep trying. I will write as soon as it works.
toast-already = The state of this order has changed; this is how it is now.
toast-preparing = Preparing the link…

## Refunds

refund-decided =
    ↩️ <b>Giving { $amount } back</b>

    { $order }

    { $reason } { $access }

    The refund goes through { $provider } to where you paid from. When it is confirmed, I will write.
refund-done =
    ✅ <b>{ $amount } returned</b>

    { $order }

    { $reason } { $access }

    { $provider } has confirmed the refund. Your bank credits it by itself: usually within minutes, sometimes up to three working days.
refund-access = { $access ->
    [same] Your subscriptions are not affected.
    [ended] The subscription of this order has ended.
    [shorter] Your subscription now works until { $until }.
    [gift-void] The gift’s link can’t be used any more.
    [gift-claimed] What was still ahead of the gift is taken from whoever has claimed it.
    [gift-part] The gift stays, and gives so much less, as far as it is not used yet.
    [gift-none] No gift was made of this order.
   *[gone] The subscription of this order no longer works.
}
refund-owner =
    ↩️ <b>{ $stage ->
        [done] Money returned
       *[decided] Money on its way back
    }: { $amount }</b>

    { $order }
    Reason: { $reason } (<code>{ $askedBy }</code>)
    Buyer: <code>{ $userId }</code>
    Payment: <code>{ $paymentId }</code>
refund-owner-reason = { $reason ->
    [replaced] the buyer had cancelled this order and bought another subscription
    [panel-gone] the panel is gone for good, and no other server had room
    [panel-unavailable] the panel made no key in time
    [buyer-chose-refund] the buyer asked for it while the panel made no key
    [operator-refund] an operator decided so
    [buyer-refund] the buyer asked for it, and the shop’s rule allows it
    [cabinet] it was made in the cabinet of { $provider }
    [refunded-outside] a part was refunded in the cabinet of { $provider }, the rest follows
    [wrong-amount] another amount came than was asked for
    [wrong-currency] the money came in another currency
    [foreign-payment] the payment is not this order’s
    [second-payment] a second payment came for this order
    [paid-after-end] the money came after the order’s end
   *[other] { $reason }
}
refund-refused =
    ✋ <b>The money could not be returned</b>

    { $order }

    { $verdict } The subscription stays yours. If something is wrong, please write to support.
refund-refused-gift =
    ✋ <b>The money could not be returned</b>

    { $order }

    { $verdict } If something is wrong, please write to support.
refund-verdict = { $verdict ->
    [off] This shop has no refunds at the press of a button. Write to support.
    [too-late] The time in which you can have the money back by yourself is over.
    [used] More traffic was used than the refund rule allows.
    [usage-unknown] I cannot tell right now how much traffic was used. Please try later.
    [refunded-before] Money of this order has been returned before.
    [gift-claimed] Somebody has claimed the gift, so it is theirs now.
    [renewed-since] You have renewed this subscription since: the renewal goes back first.
   *[other] The state of this order has changed meanwhile.
}
refund-sure =
    ↩️ <b>Have the money for this subscription back?</b>

    { $order }

    The key stops working at once, and { $price } go back to where you paid from.
refund-sure-renewal =
    ↩️ <b>Have the money for this renewal back?</b>

    { $order }

    The time this order paid for is taken off at once, the rest stays. { $price } go back to where you paid from.
button-keep-subscription = ⬅️ No, keep it
button-timeline = 🔎 The payment’s timeline

## The key

key-message =
    🔑 <b>Your key</b> · { $flag } { $location }, { $server }

    { $key }

    Works until { $until }, { $traffic }. { -app-days }

    <b>How to connect:</b> install the Hiddify app, copy the key, press “+” in the app and “Add from clipboard”. Or point the camera at the QR code.
    The key is personal: whoever knows it uses your traffic.
button-copy-key = 📋 Copy the key
button-open-app = 📲 Open in { $app }
button-setup = ❓ How to set it up
qr-caption =
    📷 The key’s QR code: { $flag } { $location }, { $server }

    Point the app’s camera at it. Anyone you show it to can use your subscription.

## Subscriptions

subscriptions =
    🔑 <b>My subscriptions</b>

    Press a subscription to see its key and until when it works.
subscriptions-empty =
    🔑 <b>No subscriptions yet</b>

    Once you buy the first one, its key will always be here.
subscriptions-unfinished = 💳 One order is not finished yet: { $plan }, { $price }.
button-subscription = { $flag } { $location } · { $state }
subscription-state = { $state ->
    [active] { $days } left
    [trial] trial, { $days } left
    [pending] being prepared
    [expired] ended
   *[revoked] returned
}
subscription-trial = { $ends ->
    [true] 🎁 This is your trial. Buy a subscription for this key: it begins at once, and what is left of the trial is not added.
   *[false] 🎁 This is your trial. Buy a subscription for this key, and its days are added.
}
button-buy-for-key = 🛒 Buy for this key
subscription-card =
    { $flag } <b>{ $location }</b>, { $server }

    Works until { $until } ({ $days } left), { $traffic }. { -app-days }

    The key, press to copy:
    { $key }
subscription-card-pending =
    { $flag } <b>{ $location }</b>, { $server }

    ⏳ The server is still preparing the key. It will arrive in this chat by itself.
subscription-card-no-panel =
    { $flag } <b>{ $location }</b>, { $server }

    ❌ Paid until { $until }, but this server is gone for good, and the key does not work. Please write to /support: they will see to it.
subscription-card-expired =
    { $flag } <b>{ $location }</b>, { $server }

    Ended { $until }. You can renew it: the key stays the same.
subscription-card-ended =
    { $flag } <b>{ $location }</b>, { $server }

    Ended { $until }.
subscription-gone = This subscription is no longer there. These are the ones you have.
button-subscription-book = 📖 What it is made of
subscription-book =
    📖 { $flag } <b>{ $location }</b>, { $server }

    What this subscription is made of:
subscription-book-grant = { $kind ->
    [promo] 🎟 Promo code on { $at }: { $days } as a present.
    [trial] 🎁 Trial on { $at }: { $days }, { $traffic }, free of charge.
    [gift-from] 🎁 A gift from { $giver }, claimed on { $at }: { $days }, { $traffic }, free of charge.
    [gift] 🎁 A gift, claimed on { $at }: { $days }, { $traffic }, free of charge.
    [referral] 👥 For an invitation, on { $at }: { $days }, { $traffic }, free of charge.
    [compensation] 🤝 From the shop, to make up for something, on { $at }: { $days }, free of charge.
    [owner] 🎁 From the shop on { $at }: { $days }, free of charge.
    [purchase] 🛒 Bought on { $at }: { $days }, { $traffic }, { $price }, order <code>{ $number }</code>.
   *[renewal] 🔁 Renewed on { $at }: { $days }, { $traffic }, { $price }, order <code>{ $number }</code>.
}
subscription-book-delay = ⏳ The key was there only on { $at }: the days count from then.
subscription-book-refund = ↩️ { $money ->
    [none] On { $at } the purchase was refunded;
   *[some] On { $at } a refund of { $price } was decided;
} { $takes ->
    [nothing] no time was taken off.
   *[some] taken off: { $taken }.
}
subscription-book-term = Its time: from { $begins } until { $ends }.
subscription-book-nothing-left = Nothing of its time is left.
subscription-book-usage = ♾ On { $at } the unlimited days were over. The { $gb } GB used until then are not counted; traffic bought by the GB counts from there.
subscription-book-sum = <b>Together:</b> until { $until }, { $traffic }.
button-qr = 📷 QR code
button-renew = 🔁 Renew

## Gifts

button-voucher-enter = 🎁 Gift code
button-voucher-new = 🔑 A new subscription
button-voucher-add = ➕ Add to { $flag } { $location }
voucher =
    🎁 <b>A subscription for you, as a gift</b>

    { $plan }: { $days }, { $traffic }. There is nothing to pay. The days count from the moment the gift is claimed.
voucher-part-refunded = A part of the money that was paid for it goes back to whoever bought it, so it gives less: { $term }, { $traffic }.
voucher-of-reward = Days for a friend
voucher-until = It can be claimed until { $until }.
voucher-new-or-add = Make a new key, or add the days to a subscription that you have?
voucher-where = Choose a country, and the key arrives here.
voucher-no-place = There is no free place anywhere now. Come back later by the same link: the gift stays as long as nobody has claimed it.
voucher-answer = { $answer ->
    [yours] ✅ <b>This gift is yours already</b>

    It is in “My subscriptions”. If its key is not there yet, it arrives in this chat by itself.
    [one-each] 🎁 <b>You have had one of these already</b>

    Each person can have one of these gifts. This code is still good: it is for somebody else.
    [claimed] 🎁 <b>This gift has been claimed already</b>

    Each can be claimed once, and somebody has done so before. Ask whoever sent you the link.
    [refunded] 🤷 <b>This gift can’t be claimed any more</b>

    Whoever bought it has had the money back. Ask whoever sent you the link.
    [returned] 🤷 <b>This gift can’t be claimed any more</b>

    Nobody had claimed it in time, so it has gone back to whoever bought it. Ask whoever sent you the link.
    [revoked] 🤷 <b>This gift was taken back</b>

    You had claimed it, and then its money was refunded. Your other subscriptions are as they were.
   *[unknown] 🤷 <b>There is no such code</b>

    It may be mistyped, or its time may be over. A code has 16 characters, such as <code>7K3M-Q9TX-2B8N-V4HC</code>. Check it and send it again.
}
voucher-locked =
    ⏳ <b>Too many wrong codes</b>

    Try again in { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. Nothing has happened to your subscriptions.
voucher-enter =
    🎁 <b>Send the code of the gift</b>

    It has 16 characters, such as <code>7K3M-Q9TX-2B8N-V4HC</code>. Capitals or not, with dashes or without: all the same.
voucher-preparing =
    ⏳ <b>Preparing your gift</b>

    { $key ->
        [new] This usually takes seconds. No need to wait here: the key arrives in this chat by itself.
       *[known] This usually takes seconds. The days are added to the key that you have, and this message says so.
    }
voucher-away =
    🔧 <b>The gift is not claimed yet</b>

    A part of the shop does not answer right now. The gift is kept: try again in a minute.
voucher-stage = { $stage ->
    [unrecorded] ⏳ <b>The gift could not be recorded yet</b>

    Something in the shop fails. I keep trying by myself for a day and say here what came of it. The gift is not used up.
    [not-given] 😔 <b>The gift could not be given</b>

    Something in the shop kept failing, so I have stopped trying. The gift is not used: press the button and choose again.
    [panel-unavailable] ⏳ <b>The gift is yours, its server does not answer yet</b>

    { $key ->
        [new] The key arrives in this chat by itself as soon as the server is back. The days count from then, so you lose nothing.
       *[known] The days are added to the key that you have as soon as the server is back, and I say so here.
    }
    [panel-full] ⏳ <b>The gift is yours, its server takes no new keys at the moment</b>

    The server answers, but has no room for a new key. I keep trying, and say so here. The days count from then, so you lose nothing.
    [panel-refuses] ⏳ <b>The gift is yours, its server does not accept the shop’s request</b>

    The server answers, but its settings have to be put right by the shop; nothing is needed from you. I keep trying, and say so here. The days count from then, so you lose nothing.
    [server-changed] ⏳ <b>The gift is yours, another server is making the key</b>

    The first server did not make it, so another one in the same country does. The key arrives in this chat by itself. The days count from then, so you lose nothing.
    [no-other-server] ⏳ <b>The gift is yours, its server does not make the key yet</b>

    There is no other free server in this country right now. I keep trying this one, and the key arrives in this chat by itself. The days count from then, so you lose nothing.
    [issued] ✅ <b>The gift is yours</b>

    { $key ->
        [new] I have sent the key in a message of its own. It is always in “My subscriptions”, too.
       *[known] The key is the same as before, the new term is in “My subscriptions”.
    }
    [key-owed] ✅ <b>The gift is yours</b>

    I could not send the key as a message yet. It is in “My subscriptions”: press the button below.
    [panel-gone] 😔 <b>The gift could not be made</b>

    { $key ->
        [new] The server it was to be on is gone for good, and no other one there has a free place.
       *[known] The server of this subscription is gone for good.
    } You have lost nothing: the gift can be claimed again. Press the button and choose another place.
    [revoked] 😔 <b>The gift was taken back before its key was made</b>

    Write to support if that is not what you expected.
    [full] 🚫 <b>No place is left here</b>

    The gift is kept: choose another country, or come back later.
    [unavailable] 🚫 <b>No keys are given out here any more</b>

    The gift is kept: choose another place.
    [limit-reached] 🚫 <b>Nothing more can be added to this subscription</b>

    It is paid very far ahead already. The gift is kept: make a new subscription of it.
    [changed] 🔄 <b>The gift gives something else by now</b>

    It changed while you were choosing. The gift is kept: look at what it gives now, and choose once more.
    [one-each] 🎁 <b>You have had one of these already</b>

    Each person can have one of these gifts. This code is still good: it is for somebody else.
    [claimed] 🎁 <b>This gift has been claimed already</b>

    Each can be claimed once, and somebody has done so before. Ask whoever sent you the link.
   *[void] 🤷 <b>This gift can't be claimed any more</b>

    It was taken back, has gone back to whoever bought it, or its time is over. Ask whoever sent you the link.
}

button-give = 🎁 Give a subscription
button-gifts = 📦 What I have given
button-gift-of = 🎁 { $number } · { $plan }
button-gift-open = 🎁 Open the gift
button-gift-share = 📣 Send it to somebody
button-gift-take = 🔑 Take it myself
button-gift-cancel = ↩️ Cancel it, { $price } back
button-gift-keep = ⬅️ No, keep it
gift-card =
    🎁 <b>Your gift is ready</b>

    { $plan }: { $days }, { $traffic }

    { $link }

    Send the link, or this card, to whom it is for. Whoever opens it first has the gift, so show it to nobody else. The days count from the moment it is claimed. If nobody claims it for { $term }, it becomes your own.
gift-share = A subscription for you as a gift: { $days }, { $traffic }. Open the link to take it.
gift-share-part = A subscription for you as a gift. Open the link to take it.
gift-link =
    Its link, to be sent to whom it is for:
    { $link }
gift-own = You can take it yourself at any time: your days count from then.
gifts = 📦 <b>What you have given</b>
gifts-none =
    📦 <b>What you have given</b>

    Nothing yet. You can buy a subscription for somebody: they get a link and choose the country themselves.
gift-line = { $state ->
    [waiting] 🎁 { $plan }: { $days }, { $traffic }. Paid on { $at }, nobody has claimed it yet. Order <code>{ $number }</code>
    [returned] 🔙 { $plan }: { $days }, { $traffic }. Nobody had claimed it by { $then }, so it is your own. Order <code>{ $number }</code>
    [claimed] ✅ { $plan }: { $days }, { $traffic }. Claimed on { $then }. Order <code>{ $number }</code>
   *[refunded] ↩️ { $plan }: { $days }, { $traffic }. Cancelled, its money goes back to you or is back. Order <code>{ $number }</code>
}
gift-refunded = { $claimed ->
    [yes] ↩️ { $amount } of what you paid for it goes back to you or is back: so much was taken of what was not used yet.
   *[no] ↩️ { $amount } of what you paid for it goes back to you or is back: it gives so much less.
}
gift-notice = { $about ->
    [claimed] 🎉 <b>Your gift has been claimed</b>

    { $plan }: { $days }, { $traffic }. The days count from now on.
    [returned] 🔙 <b>Your gift is your own now</b>

    { $plan }: { $days }, { $traffic }. Nobody has claimed it in time, and its link works for you alone now. Take it whenever you like: your days count from then.
   *[reminder] 🎁 <b>Nobody has claimed your gift yet</b>

    { $plan }: { $days }, { $traffic }, paid on { $at }.

    { $link }

    Perhaps the link has got lost in a chat: send it again, or take the gift yourself. If nobody claims it for { $term }, it becomes your own.
}
gift-cancel-sure =
    ↩️ <b>Cancel the gift?</b>

    { $order }

    Its link stops working at once, and { $price } go back to where you paid from.
gift-revoked =
    😔 <b>{ $whole ->
        [yes] A gift was taken back
       *[no] A gift gives less now
    }</b>

    { $plan }: { $days }, { $traffic }. { $whole ->
        [yes] The money that was paid for it goes back to whoever bought it, so what was still ahead of it is taken off your subscription.
       *[no] A part of the money that was paid for it goes back to whoever bought it, so as large a part of the gift, as far as it is not used yet, is taken off your subscription.
    } What you have used stays yours, and what you have bought yourself is not touched. Nothing is asked of you.
gift-revoked-offer = So that you do not stay without one: { $percent }% off one purchase or renewal of your own, until { $until }. There is nothing to enter: you see the lower prices when you buy.
gift-gone = 🤷 There is no such gift of yours.

## Inviting friends

button-referral = 👥 Invite a friend
button-share = 📣 Share the link
button-voucher-claim = 🎁 Take it
referral =
    👥 <b>Invite your friends</b>

    A friend comes by your link and buys a subscription of 28 days or more: { $days } for you, and as many for them{ $purchases ->
        [each] , each time
       *[first] , the first time
    }. Theirs come at once, yours after a week or a little more: until then the purchase may still be returned. You are rewarded { $most ->
        [one] once
       *[other] { $most } times
    } a month at most.

    Your link, press to copy:
    { $link }
referral-second-level = When somebody whom your friend has invited buys, there are { $days } for you, too.
referral-counts = Came by your link: { $invited }. Bought: { $paid }. You have had: { $days }.
referral-voucher = 🎁 Days for you wait as a gift, because there was nothing to add them to. Press “Take it”.
referral-coming = <b>Coming:</b>
referral-waiting = { $held ->
    [true] • for friend “{ $initial }”: { $at }, if support confirms it
   *[false] • for friend “{ $initial }”: { $at }
}
invitation-late =
    👥 <b>This invitation does not count for you</b>

    It counts for who comes to the shop for the first time, or opens the link within a week of that and before a purchase, and only the first one. You can buy as always, and invite friends yourself.
invitation-own =
    👥 <b>This is your own link</b>

    It counts for friends: send it to somebody who has not been here yet. What it has brought you is behind “Invite a friend”.
referral-share = A fast VPN. By this link there are { $days } for you, and as many for me.
referral-off = There is nothing for inviting friends at the moment. Subscriptions and keys work as before.
reward = { $about ->
    [friend-granted] 🎉 <b>{ $days } for you</b>

    You came by an invitation and have bought a subscription. It now works until { $until }, with the same key.
    [friend-voucher] 🎉 <b>{ $days } for you</b>

    You came by an invitation and have bought a subscription. There is nothing to add the days to right now, so they wait for you as a gift.
    [friend-voucher-used] 🎉 <b>The { $days } that waited for you were added</b>

    Your subscription now works until { $until }, with the same key.
    [referrer-voucher-used] 🎉 <b>The { $days } that waited for you were added</b>

    Your subscription now works until { $until }, with the same key.
    [friend-offset] ℹ️ There were { $days } for you by your invitation, but as many had been used of a purchase whose money was returned. Now you are even.
    [friend-canceled] ℹ️ Money for the purchase was returned, so the { $days } for your invitation will not come.
    [friend-revoked] ↩️ <b>The days for your invitation were taken off</b>

    Money for the purchase that brought them was returned. Only what was not used yet was taken.
    [referrer-waiting] 👥 <b>{ $who } has bought a subscription</b>

    It brings you { $days }: on { $at }. If money for the purchase is returned before, they will not come.
    [referrer-waiting-held] 👥 <b>Support looks at the days for { $of }</b>

    { $who } has bought a subscription. It brings you { $days } if support confirms it; nobody can say before on which day. You will read here what they decide.
    [referrer-granted] 🎉 <b>{ $days } for { $of }</b>

    Your subscription now works until { $until }, with the same key.
    [referrer-voucher] 🎉 <b>{ $days } for { $of }</b>

    There is nothing to add them to right now, so they wait for you as a gift.
    [referrer-offset] ℹ️ There were { $days } for { $of }, but as many had been used of a purchase whose money was returned. Now you are even.
    [friend-refused] ℹ️ Support has decided that the { $days } for this invitation will not come. If that is a mistake, write to them: /support
    [referrer-refused] ℹ️ Support has decided that the { $days } for this friend will not come. If that is a mistake, write to them: /support
    [referrer-canceled] ℹ️ Money for the purchase of { $of } was returned, so its { $days } will not come. Your link works as before.
    [friend-forfeited] ↩️ <b>The days for your invitation do not count</b>

    Support has decided that { $days } which came by an invitation are not yours. What had not come yet does not come, and of what had come only what was not used yet was taken off. If that is a mistake, write to them: /support
    [referrer-forfeited] ↩️ <b>The days for { $of } do not count</b>

    Support has decided that { $days } for { $of } are not yours. What had not come yet does not come, and of what had come only what was not used yet was taken off. If that is a mistake, write to them: /support
   *[referrer-revoked] ↩️ <b>The days for { $of } were taken off</b>

    Money for the purchase of { $of }, which brought them, was returned. Only what was not used yet was taken.
}
gift-shortened =
    ↩️ <b>The gift is shorter now</b>

    { $why ->
        [forfeited] The days that you took by a code were somebody else’s reward, and the shop has taken that back.
       *[revoked] The shop had given the days that you took by a code for somebody else’s purchase, and money for it was returned.
    } Only what was not used yet was taken. { $left ->
        [true] Your subscription now works until { $until }, with the same key.
       *[false] The subscription that they gave has ended.
    }
reward-suspicion = { $reason ->
    [refunded-twice] The friend has had the money for a key that was delivered back twice, or more often.
    [friend-blocked] The friend is blocked.
   *[many-friends] More than five friends came by this person’s link on that day.
}
reward-held = 👥 A reward for a friend waits for your decision: { $days } for <code>{ $user }</code>, because of a purchase of <code>{ $friend }</code>, due on { $at }. { $why } It does not come and does not go by itself. To give it: <code>npm run referral -- release { $reward }</code>. To refuse it: <code>npm run referral -- refuse { $reward }</code>.
reward-friend = { $form ->
    [second-level-who] A friend of your friend
    [second-level-of] a friend of your friend
    [referrer-who] Your friend
   *[referrer-of] your friend
}
reward-shorter = There were { $days } more, but as many had been used of a purchase whose money was returned before.

## Help

help =
    ❓ <b>Help</b>

    <b>Buy:</b> /buy, then country, server and period. You pay on the page of a payment service and the key arrives in this chat.
    <b>Connect:</b> install the Hiddify app (iPhone, Android, Windows, macOS, Linux), copy the key and add it from the clipboard. v2rayTun, Happ, Streisand and sing-box work too.
    <b>Lost the key:</b> it is always in /subscriptions.
    <b>Paid, but no key:</b> open the order and press “I have paid”. Money does not get lost: you will have either the key or a refund.
    <b>It does not work:</b> refresh the profile in the app, change the network, then write to /support.

    Commands: /buy /subscriptions /language /terms /support /cancel
terms =
    📄 <b>Terms</b>

    1. You buy access to a VPN server for the stated period and amount of traffic.
    2. The price is final. Nothing is charged automatically; renewal happens only when you press it.
    3. If the key cannot be issued, your money is returned in full and automatically.
    4. Payments are taken by the payment service that the payment page names. The shop neither sees nor stores your card.
    5. The shop stores your Telegram id, name, language, orders and subscriptions, and the address for your receipts where it makes them (/settings forgets it). It keeps no log of the sites you visit.
    6. The access must not be used for spam, attacks or breaking the law.

    Questions about a payment: /paysupport
support =
    💬 <b>Support</b>

    { $contact ->
        [yes] Write to <a href="tg://user?id={ $contactId }">a person of our support</a>.
       *[no] Describe the question to the owner of the shop where you found this bot.
    } To get help sooner, please include:

    Your id: <code>{ $userId }</code>
    { $order ->
        [none] No orders so far.
       *[other] Last order: <code>{ $order }</code>
    }
paysupport =
    💳 <b>Questions about a payment</b>

    Paid and nothing happened? Open the order and press “I have paid”: I will check the payment at once. Money does not get lost: you will have either the key or a refund.

    If something is still wrong, write to /support and include:
    Your id: <code>{ $userId }</code>
    { $order ->
        [none] No orders so far.
       *[other] Last order: <code>{ $order }</code>
    }

language =
    🌐 <b>Language</b>

    Which language shall I speak?
toast-language = Done, I speak English now.

## The owner

person =
    👤 <b>{ $name }</b> { $username }

    Id: <code>{ $user }</code>
    With the shop since { $since }
    { $state ->
        [none] Not blocked.
        [fraud] 🚫 Blocked for fraud since { $blockedAt }, by { $blockedBy }.
        [abuse] 🚫 Blocked for abuse since { $blockedAt }, by { $blockedBy }.
       *[other] 🚫 Blocked since { $blockedAt }, by { $blockedBy }.
    } { $isErased ->
        [true] Their data were removed on { $erasedAt }.
       *[false] { "" }
    }
block-sure =
    🚫 <b>Block <code>{ $user }</code>?</b>

    The shop takes no new orders from them, and gives them no trial, code, gift, voucher or reward. What they have paid for stays theirs, an open order ends as it would, money goes back as before, and support stays open. { $reason ->
        [fraud] Their rewards for friends are taken back as far as they lie ahead, and that is not undone by unblocking.
       *[other] Their rewards for friends wait until they are unblocked.
    }
forfeit-sure =
    ↩️ <b>Take back a reward got by fraud?</b>

    { $days } for <code>{ $user }</code>, { $of } <code>{ $friend }</code>. { $what } They are told. This can’t be undone.
forfeit-role = { $role ->
    [friend] invited themselves as
    [referrer] who invited
   *[second-level] who invited who invited
}
forfeit-what = { $status ->
    [waiting] It has not come yet, and will not come.
    [granted] Of what was added to their subscription, what is not used yet is taken off; what is used is offset against their next rewards.
    [voucher] Their voucher can’t be claimed any more; if somebody has claimed it, what is not used yet is taken off there.
   *[offset] It went against days that they owed: these are owed again.
}
erase-sure =
    🗑 <b>Remove the data of <code>{ $user }</code>?</b>

    Do it when they ask for it. Their names, the address for receipts, their promo code and their link for friends go, and their rewards that wait. Orders stay, under their id. This can’t be undone.
alert-person-refused = { $why ->
    [same] It is so already.
    [too-late] It has ended already.
    [needed] Not yet, still under way: { $needed }
   *[unknown] Nobody knows this id.
}
button-person = 👤 { $user }
button-block-fraud = 🚫 Block for fraud
button-block-abuse = 🚫 Block for abuse
button-block-other = 🚫 Block
button-unblock = ✅ Unblock
button-forfeit = ↩️ { $days }, { $friend }
button-forfeit-sure = ↩️ Yes, take it back
button-erase = 🗑 Remove their data
admin =
    🛠 <b>The shop</b>

    Open orders: <b>{ $open }</b>
    Paid or given, key not ready yet: <b>{ $undelivered }</b>
    Refunds on their way: <b>{ $refunding }</b>
    Active subscriptions: <b>{ $active }</b>
    Buyers: <b>{ $users }</b>
    Issued in 24 hours: <b>{ $issuedToday }</b> for <b>{ $revenueToday }</b>

    🔎 Search: just write to me. A Telegram id, a name, an order number (8 characters, from the chat), the payment service’s id, a key or link, a code. Or <code>/admin</code> and it.
desk-not-allowed = ⛔️ Your role does not allow this. It is in the audit log.
button-desk = 🛠 The shop
timeline =
    🔎 <b>The payment’s timeline</b> · { $page } / { $pages }

    <pre>{ $timeline }</pre>
button-numbers = 📊 Numbers
numbers-period = { $period ->
    [day] Today
    [week] Week
    [month] Month
   *[year] Year
}
numbers =
    📊 <b>Numbers</b> · { $period ->
    [day] today
    [week] 7 days
    [month] 30 days
   *[year] 365 days
}

    From { $from } to { $to }, by the shop’s days (Moscow time).
numbers-no-money = 💰 No money came or went back.
numbers-money = 💰 Gross { $gross }, refunds { $refunds }, net <b>{ $net }</b>.
numbers-people =
    👥 New people: <b>{ $new }</b>
    🔁 Renewed in time: <b>{ $renewed }</b>, came back: <b>{ $back }</b>, lapsed: <b>{ $lapsed }</b>
    🔑 Active now: <b>{ $all }</b> (paid { $paid }, trials { $trial }, given { $given })
numbers-meaning-head = ❓ <b>What each number means</b>

    Owners and staff are left out of all of them. The file (CSV) has the same numbers by day.
numbers-meaning = { $number ->
    [gross] <b>Gross</b>: the money of orders, on the day when it came. Money that came twice for one order is not in it.
    [refunds] <b>Refunds</b>: money of orders, on the day when it went back, whenever it had come.
    [net] <b>Net</b>: gross less the refunds of the same days.
    [new] <b>New people</b>: those who first wrote to the bot.
    [renewed] <b>Renewed in time</b>: payments for a subscription that had not ended.
    [back] <b>Came back</b>: payments for a subscription that had ended.
    [lapsed] <b>Lapsed</b>: subscriptions that ended and had not been prolonged by then. One whose money went back is no lapse.
   *[active] <b>Active now</b>: subscriptions that give access at this moment. Paid: money of theirs stays with the shop.
}
numbers-csv = Numbers by day: { $period ->
    [day] today
    [week] 7 days
    [month] 30 days
   *[year] 365 days
}
button-numbers-csv = 📄 As a file (CSV)
button-numbers-meaning = ❓ What each number means
button-desk-search = 🔎 Search
desk-search =
    🔎 <b>What are you looking for?</b>

    A Telegram id, the beginning of a name or of a @name, an order number, the payment service’s id, a key or link pasted whole, a code. Send it as the next message.
desk-found =
    🔎 <b>Found</b>

    Choose a person or an order. Orders: newest first.
desk-found-more = More people have such a name: write more of it.
desk-found-promo = There is a promo code <code>{ $code }</code>: <code>npm run promo -- show { $code }</code>
desk-found-none =
    🔎 <b>Nothing was found</b>

    I look for a Telegram id, the beginning of a name or of a @name, an order number (8 characters), the whole id of an order, the payment service’s id, a key or link, a code.
desk-found-person = { $name } { $username ->
    [none] · { $id }
   *[other] · @{ $username } · { $id }
} { $by ->
    [id] {""}
    [name] {""}
    [account] · 🔑
    [voucher] · 🎁
   *[invitation] · 👥
}
desk-card =
    👤 <b>{ $name }</b>{ $username ->
    [none] {""}
   *[other] {" "}@{ $username }
} · <code>{ $id }</code>
    Here since { $since }.{ $reachable ->
    [yes] {""}
   *[no] {" "}⚠️ The bot can’t write to them.
}
desk-card-referred = Invited by <code>{ $by }</code>.
desk-card-unpaid = 💰 Has paid nothing yet.
desk-card-money = 💰 Paid { $paid } in { $orders ->
    [one] one order
   *[other] { $orders } orders
}, refunded { $refunded }, net <b>{ $net }</b>.
desk-card-subscription =
    { $flag } <b>{ $location }</b>, { $server } · { $plan } · { $status ->
    [pending] ⏳ key being made
    [gone] ⚠️ panel gone for good
   *[active] ✅ works
}
    Until { $until } ({ $days }), { $traffic }. { $panel }
desk-card-panel-unknown = The panel has said nothing of it yet.
desk-card-panel = The panel on { $seen }: { $works ->
    [yes] works
   *[no] ⚠️ does not work
}, { $agrees ->
    [yes] same end
   *[no] ⚠️ another end
}, { $used } GB used, online: { $online }.
desk-card-others = Subscriptions besides those { $shown } shown: { $count }.
desk-card-notes =
    📝 <b>Notes</b>
    { $notes }
desk-card-payments = The last orders are buttons below.
desk-note =
    📝 <b>A note about this person</b>

    Send it as the next message, at most 1,000 characters. Staff read it, the person does not.
desk-noted = 📝 Noted.
desk-not-noted = { $why ->
    [empty] The note was empty: nothing was noted.
    [too-long] The note is longer than 1,000 characters: nothing was noted.
   *[unknown] There is no such person: nothing was noted.
}
button-desk-days = ➕ Days · { $flag } { $location }
desk-days =
    ➕ <b>Days more</b>

    { $flag } <b>{ $location }</b>, { $server }, ends on { $until }.

    How many? They cost nothing and follow the end. More than 31 at once only the owner can give.
desk-days-reason =
    ➕ <b>{ $days } more</b>

    Why? Send the reason as the next message, at most 200 characters. It stays in the audit log.
desk-days-sure =
    ➕ <b>{ $days } more</b> for <code>{ $userId }</code>

    { $flag } <b>{ $location }</b>, { $server }
    Before: until { $before }
    After: until <b>{ $after }</b>
    Reason: { $reason }
button-desk-days-sure = ✅ Give { $days }
desk-days-answer = { $outcome ->
    [given] Given. The panel is being told.
    [asked] Asked for. The worker has not answered yet: look at the card in a while.
   *[unanswered] Temporal does not answer, so it is not known whether this has arrived. Pressed again it is the same request.
}
desk-days-refused = { $why ->
    [not-allowed] Nothing was given: your role does not allow it.
    [changed-since] Nothing was given: the end has changed since you were shown it. Look at the card again.
    [too-many] Nothing was given: so many days at once are not allowed.
    [after-2100] Nothing was given: it would end after 2100.
    [limit-reached] Nothing was given: panels count no further.
   *[unavailable] Nothing was given: the subscription has no living key.
}
button-desk-note = 📝 Add a note
button-desk-card = 👤 The buyer
payment-status = { $status ->
    [created] link being made
    [pending] waits for payment
    [guarding] waits for payment
    [paid] paid, key being made
    [delayed] paid, key delayed
    [refunding] money on its way back
    [issued] delivered
    [refunded] money is back
    [canceled] not paid, cancelled
   *[expired] not paid, link ran out
}
found-payment = { $number } · { $status } · { $price } · { $plan }
decision-do = { $decision ->
    [retry] 🔁 Try now
    [deliver] 🔑 Issue the key
    [refund] ↩️ Give the money back
   *[close] ☑️ Returned by other means
}
decision-meaning-unknown = { $decision ->
    [retry] { $provider } is asked again.
   *[close] The order is closed: nothing is issued or refunded for it, and the buyer can order again. Look into the shop’s cabinet first whether it was paid.
}
decision-meaning = { $decision ->
    [retry] The next step is made at once.
    [deliver] The key is issued although the money does not match the order.
    [refund] All that the shop still has goes back to the buyer and the access is closed. This cannot be undone. A part is returned with npm run payment -- refund.
   *[close] The refund counts as made by other means, and { $provider } is not asked again.
}
decide-sure =
    ❓ <b>Are you sure?</b>

    { $order }
    Buyer: <code>{ $userId }</code>
    Status: <b>{ $status }</b>

    { $what } The decision is written to the log with your id.
decision-sure = { $decision ->
    [retry] Yes, try
    [deliver] Yes, issue the key
    [refund] Yes, give it back
   *[close] Yes, it was returned
}
button-not-now = ⬅️ No
toast-decided = Written down and passed on.
decision-unanswered = Temporal gave no answer, so it is not known whether your decision has arrived. Decide again: it stays one decision.
decision-not-applicable = { $why ->
    [finished] This payment has ended.
    [nothing-wrong] No money has come yet, or nothing is wrong with it.
    [temporal-away] Temporal does not answer; nothing was decided.
   *[other] That cannot be decided in this state.
}
button-panels = 🖥 Panels
panels =
    🖥 <b>Panels</b>

    Choose a server to see what depends on its panel.
panels-none = There are no servers in the catalogue.
panel-label = { $server } { $state ->
    [gone] ❌ gone for good
    [sold] ✅
   *[retired] ⏸ not sold
}
panel =
    🖥 <b>{ $server }</b>, { $name }
    { $state ->
        [gone] ❌ Gone for good since { $since }, as an operator said. Nothing is asked of this panel.
        [sold] ✅ Sold from.
       *[retired] ⏸ Not sold from.
    }

    Living subscriptions: <b>{ $living }</b>
    Paid, without a key yet: <b>{ $deliveries }</b> ({ $amount })
    Given for nothing, without a key yet: <b>{ $freeGrants }</b>
    Accounts to be revoked: <b>{ $revocations }</b>
    Given up, not known to be removed: <b>{ $abandoned }</b>
panel-do = { $decision ->
    [gone] ❌ Gone for good…
   *[back] ↩️ It is there after all…
}
panel-sure =
    ❓ <b>Sure?</b>

    { $decision ->
        [gone] The panel of <b>{ $server }</b> is lost and will not come back. Then nothing is sold from it, delivered to it or asked of it. Paid purchases without a key ({ $deliveries }) get one on another server of the location or their money back, within minutes; free grants without one ({ $freeGrants }) get one there, or are taken back so that they can be had again. Revocations ({ $revocations }) end, and the accounts count as not known to be removed. Living subscriptions ({ $living }) have no access then: give their buyers the money back. If the panel only does not answer for now, choose “No”: the shop goes on trying by itself.
       *[back] The panel of <b>{ $server }</b> is there after all. What was given up ({ $abandoned }) is revoked by the next panel sync, and it is sold from again if the catalogue says so and selling was not stopped. Refunds and other servers that were decided meanwhile stay.
    }
    The decision is written to the audit log with your number.
panel-yes = { $decision ->
    [gone] Yes, gone for good
   *[back] Yes, it is there
}
panel-decided = { $decision ->
    [gone] Written down: this panel is gone for good.
   *[back] Written down: this panel is there.
}
button-temporal = ⚙️ Temporal: all payments
button-temporal-attention = 🔔 Temporal: need attention
attention =
    🔔 <b>Needs your attention</b>

    { $note }

    { $order }
    Buyer: <code>{ $userId }</code>
    State: <b>{ $status }</b>
    Payment: <code>{ $paymentId }</code>
attention-mismatch = { $reason ->
    [wrong-amount] { $paid } came for this order of { $price }.
    [wrong-currency] Money in another currency came for this order of { $price }.
    [foreign-payment] What { $provider } shows as paid for this order is a payment of something else.
    [refunded-outside] A part of this order’s money was given back in the cabinet of { $provider } before there was a key; { $paid } of { $price } are left.
   *[other] The money that came does not match this order of { $price } (<code>{ $reason }</code>).
} No key is made until you decide: deliver it, or give back what came. { $refundAt ->
    [never] Nothing goes back by itself.
   *[other] If you decide nothing, it goes back by itself on { $refundAt }.
}
attention-unknown = { $reason ->
    [another-account] This order was made at another account of { $provider } than the one that is set now, so nobody can tell here whether it was paid.
   *[unknown-to-provider] { $provider } does not know the payment of this order, so nobody can tell here whether it was paid.
} Its time to be paid is over. Look into the shop’s cabinet, then close the order, or have { $provider } asked again.
attention-key-refused = This buyer has paid and the key is made, but Telegram refuses the message with it. They find it under “My subscriptions”; write to them if you can.
attention-refund-refused = { $provider } would not make the refund: { $reason ->
    [insufficient_funds] the shop’s balance there is too low. Top it up
    [yoo_money_account_closed] the buyer’s wallet is closed. Ask them where to send the money
   *[other] <code>{ $reason }</code>. See to it in its cabinet
}, then have it tried again; or give the money back by other means and then say so here. Until then the buyer waits for it.
attention-refund-not-made = The refund that <code>{ $askedBy }</code> asked for was not made: { $reason ->
    [nothing-left] nothing of this order’s money is left with the shop.
    [too-much] it is more than is left of this order’s money.
    [remainder-too-small] less than a rouble would be left, which { $provider } does not allow; refund all of it, or less.
    [refunding] all of this order’s money is on its way back already.
    [refunded] all of this order’s money is back already.
   *[other] <code>{ $reason }</code>.
}
attention-order-refused = { $provider } makes no payment for orders: it answers <code>{ $said }</code>. { $about ->
    [receipt] That is about receipts: make the receipt settings here and in its cabinet agree; <code>npm run doctor</code> names them.
   *[other] Look into the settings of the shop in its cabinet, and into its key here; <code>npm run doctor</code> names them.
} Nobody was charged, and buyers read that the order was not accepted. You are told of it once an hour at most. One of these orders:
button-workflow = ⚙️ Open in Temporal

## When something is wrong

rate-limited = ✋ Too many messages. Please wait { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
} and I will answer again. Until then I skip messages.
pay-limited =
    ✋ <b>Too many payment attempts in a row</b>

    Nothing was charged. Please try again in { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. If you already have a link, you can use it: open the menu.
storage-away =
    🔧 <b>I cannot take a payment right now</b>

    A part of the shop does not answer for the moment, and I will not take chances with your money. Nothing was charged. You may have to choose again; please try in a minute.
workflows-away =
    🔧 <b>The order is recorded, the link is late</b>

    { $order }

    A part of the shop does not answer for the moment. Nothing has been charged. The link comes here by itself once the connection is back; you may also press “Refresh”.
failure =
    😔 <b>Something broke on our side</b>

    This action was not completed, but your money and your subscriptions are recorded and safe. Please try again. If that does not help, send support the code <code>{ $incident }</code>.
unknown-message = I understand buttons and commands, and this message I did not. Here is the menu.
alert-outdated = This button is out of date. Open the menu: /start
not-payable-unknown = The shop has no such order. Nothing was charged. Open the menu: /start
not-payable-another-buyer = This order is somebody else’s and can’t be paid by you. Nothing was charged. Order your own: /start
not-payable-paid = This order is paid already. Nothing was charged a second time.
not-payable-ended = This order is no longer valid. Nothing was charged. Please order again: /start
not-payable-another-price = The price of this invoice is not that of the order. Nothing was charged. Please order again: /start
not-payable-trouble = The shop can’t take a payment right now. Nothing was charged, please try in a minute.
alert-foreign = This button is not yours or no longer valid.
alert-failure = That did not work. Code: { $incident }. Please try again.
alert-workflows-away = A part of the shop does not answer for the moment. Your money is safe, please try in a minute.
alert-server-full = This server is full. Please choose another one.
alert-limited = Too fast. Please wait { $seconds } s.

## Commands for Telegram's menu

command-start = Menu
command-buy = Buy a subscription
command-subscriptions = My subscriptions and keys
command-help = How to connect
command-support = Write to a person
command-settings = Settings: address for receipts, language
command-language = Change the language
command-cancel = Cancel the current choice
command-terms = Terms
command-paysupport = Questions about a payment
command-admin = The shop: how it stands

## Pages

page-return-title = Payment
page-return-heading = Go back to the chat
page-return-text = The bot is already checking this payment. If the money has come, the key arrives in the chat by itself. If you did not pay, the payment link is still there.
page-return-telegram = Open Telegram
page-return-browser = Open through t.me
page-open-title = Add the key to the app
page-open-heading = Add the key to { $app }
page-open-text = If the app did not open by itself, press the button. No app yet? Install it and come back to this page.
page-open-button = Open { $app }
page-open-copy = Copy the key
page-open-copied = Copied
page-open-invalid = This link holds no key of this shop. Go back to the chat and press the button again.
page-open-noscript = This page needs JavaScript. You can also copy the key in the chat.

## What the shop writes by itself

trial-reminder = { $kind ->
    [trial-not-connected] 🔌 <b>Could you connect?</b>

    Your trial key ({ $flag } { $location }) is ready, but we see no connections yet. Install the app, copy the key and add it; if that does not work, write to support.
    [trial-1-day-ends] ⏳ <b>Your trial is about to end</b>

    { $flag } { $location } works until { $until }. Buy a subscription for the same key: it begins at once, and nothing has to be set up again.
    [trial-1-day] ⏳ <b>Your trial is about to end</b>

    { $flag } { $location } works until { $until }. Buy a subscription for the same key: its days are added to what is left, and nothing has to be set up again.
   *[trial-ended] 🏁 <b>Your trial has ended</b>

    { $flag } { $location } worked until { $until }. If you liked it, buy a subscription for the same key: it works again, and nothing has to be set up.
}
reminder-when = { $days ->
    [0] today
    [1] tomorrow
   *[other] in { $days } days
}
reminder =
    ⏳ <b>Your subscription ends { $when }</b>

    { $flag } { $location }: works until { $until }. { -app-days }

    Renew it now and nothing changes: the key stays the same, the new days are added to those that are left.
subscription-ended =
    ⌛️ <b>Your subscription has ended</b>

    { $flag } { $location }: it worked until { $until }.

    You can renew it at any time: the key stays the same and starts working again.
outage =
    { $kind ->
        [refused] 🚫 <b>{ $service } refuses the shop</b>
        [no-keys] 🗝 <b>{ $service } makes no new keys</b>
       *[away] 🔌 <b>{ $service } does not answer</b>
    }

    Since { $since }.
    { $todo }
    Last failure: <code>{ $reason }</code>
outage-todo = { $code ->
    [full] Its administrator has reached a limit of users or traffic: raise it in the panel.
    [auth] It refuses the key: put the right key into the catalogue and apply it.
    [path] What answers at its address is not the panel: check the secret path in the catalogue.
    [blocked] Something in front of it (firewall, CDN, proxy) refuses the shop: let this machine’s address through.
    [version] It is older than 10.80: update it.
    [link] Its keys do not open: what answers at a customer’s link is not a subscription. Check the clientUrl of this server in the catalogue: it is what stands before the uuid in the link of any user of the panel. Then apply the catalogue.
    [no-servers] Its keys hold no servers: the subscription opens, but there is nothing to connect to. Check the domains and protocols on the panel.
    [client-host] Its keys do not open: DNS does not know the name in clientUrl. Correct it in the catalogue and apply it, or add the DNS record.
    [client-certificate] Its keys do not open: the certificate at clientUrl has expired, is for another name, or is self-signed. Renew it, or correct clientUrl and apply the catalogue.
    [host] DNS does not know the name in its address: correct it in the catalogue and apply it, or add the DNS record.
    [certificate] Its certificate has expired, is for another name, or is self-signed: renew it.
   *[other] { $kind ->
        [refused] The key, the address or the version is not right. This does not mend itself: check it (npm run doctor says what to do).
        [no-keys] It answers, but orders get no key from it: look at the panel.
       *[away] The shop keeps trying by itself. You will get one more message when it is over.
    }
}
outage-over =
    { $kind ->
        [no-keys] ✅ <b>{ $service }: nobody waits for a key any more</b>
       *[other] ✅ <b>{ $service } answers again</b>
    }

    { $kind ->
        [refused] It refused the shop from { $since } to { $until }.
        [no-keys] Orders waited for keys from { $since } to { $until }.
       *[away] It did not answer from { $since } to { $until }.
    }
outage-service = { $service ->
    [hiddify] The panel { $server } ({ $location })
    [telegram] Telegram
   *[provider] { $provider }
}
outage-waiting = { $deliveries ->
    [0] No paid order waits for it.
    [one] <b>One paid order</b> waits for it, { $amount }:
   *[other] <b>{ $deliveries } paid orders</b> wait for it, { $amount }:
}
outage-waiting-deactivations = Accounts to be deactivated there: { $deactivations }.
outage-waiting-free = { $count ->
    [one] <b>One free grant</b> waits for it:
   *[other] <b>{ $count } free grants</b> wait for it:
}
outage-grant = • { $kind ->
    [trial] trial
    [promo] promo code
    [gift] voucher
    [compensation] compensation
    [owner] days from the shop
   *[referral] reward for a friend
}, <code>{ $userId }</code>: waits since { $since }.
outage-order = • <code>{ $number }</code> { $plan }, { $amount }, buyer <code>{ $userId }</code>: waits for { $renewal ->
    [true] a renewal
   *[false] a key
} since { $since }{ $refundAt ->
    [none] .
   *[other] ; the money goes back by itself on { $refundAt }.
}
outage-more = … and { $count } more.
outage-orders-hint = What happened to one of them, and what can be decided: <code>/admin</code> and its number.
outage-tried-again = What still waits is tried again by itself within five minutes.
outage-sale = { $stopped ->
    [true] ⛔️ Selling on this server is stopped.
   *[false] 🛒 This server is still for sale. Buyers read before they pay that a key from it may come later.
}
button-outage-retry = 🔁 Try all now
button-outage-stop = ⛔️ Stop selling here
button-outage-resume = ▶️ Sell here again
button-outage-refund = ↩️ Give all their money back
button-outage-of = 🔌 { $name }
button-sale-stopped-of = ⛔️ { $name }
outage-sale-stopped =
    ⛔️ <b>Server { $server }: selling is stopped</b>

    Buyers do not see it, and renewals on it are not sold. Who has paid is served. Applying the catalogue does not change this.
outage-refund-sure =
    ❓ <b>Give the money of all waiting orders back?</b>

    { $service }. Orders: <b>{ $count }</b>, in all { $amount }. The buyers get their money and no key. This cannot be undone; what you decide is written to the log with your id. A key that is made before that stays with its buyer.
button-outage-refund-sure = Yes, give it back
outage-refunds-ordered =
    ↩️ <b>{ $service }: refunds ordered: { $count }</b>

    Each buyer reads in their order when the money is on its way. A key that was made before that stays with its buyer.{ $again ->
        [0] {""}
       *[other] {" "}Orders that have not confirmed it: { $again }. Give their money back once more in a minute, by the same button; nothing is done twice.
    }
outage-done = { $what ->
    [stop] Nothing is sold on this server any more, no renewals either. Who has paid is served.
    [stopped-before] Selling on this server was stopped already.
    [resume] This server is for sale again.
    [sold-before] This server is for sale already.
    [nobody] Nobody waits for this server any more.
   *[retry] Passed on. Orders tried now: { $count }.{ $again ->
        [0] {""}
       *[other] {" "}Not confirmed: { $again }, press again in a minute.
    }
}
outage-waiting-payments = Until then no links are made, and money that comes meanwhile is seen afterwards; none of it is lost.
outage-provider-nobody = No order waits for it.
outage-provider-waiting = <b>Waiting for it</b>: { $counts }.
outage-provider-links = orders without a link: { $links }
outage-provider-payments = links that may be paid, which is not seen now: { $payments }
outage-provider-refunds = refunds: { $refunds }, { $amount }
outage-provider-order = • <code>{ $number }</code> { $plan }, { $amount }, buyer <code>{ $userId }</code>: { $what ->
    [refund] waits for the money back
    [link] waits for a link
   *[payment] has a link
} since { $since }.
outage-provider-goes-on = It goes on by itself: links within a minute, refunds within half an hour.
missed-notices =
    📭 <b>Messages that did not reach you: { $count }</b>

    Telegram did not let me write to you: you had not pressed Start, or the bot was blocked. What needs you now: /admin.
button-timeline-of = 🔎 Order { $number }
delay-order =
    Paid, but the panel refuses this one order: { $code ->
        [hidden] its account was made by another administrator. Put that key, or the panel owner’s, into the catalogue and apply it.
       *[other] <code>{ $code }</code>. It is tried again by itself.
    } The money goes back by itself on { $until }.
audit-notice =
    🧮 <b>The audit has found differences: { $count }</b>

    The payment services, the database and the panels do not say the same. Nothing was changed.

    { $lines }

    All of it, with what each side says: <code>npm run audit</code>. One payment’s timeline: /admin and its id.
audit-difference = • { $what }: { $ids }
audit-kind = { $kind ->
    [money-without-record] money came for an order that the shop does not know
    [money-not-noticed] the payment service has the money, the shop still waits for it
    [money-after-the-end] the payment service has the money of an order that has ended unpaid here
    [no-money-behind-it] the shop counts an order as paid, the payment service does not
    [not-at-provider] the payment service does not know a payment of the shop
    [wrong-amount] other money came than was asked for
    [wrong-price] the price, the discount and what was asked for do not add up
    [other-than-confirmed] an order is not what the buyer confirmed
    [promo-oversold] a promo code was used more often than it may be
    [wrong-promo-use] the use of a promo code does not fit its order
    [doubled-link] a second link for the same purchase can still be paid
    [doubled-charge] a purchase was paid twice, and the second money was not given back
    [refund-missing] the shop counts money as refunded, the payment service does not
    [refund-not-recorded] the payment service has a refund that the shop does not know
    [refund-refused] the payment service refused a refund, and you have not decided yet
    [refund-amount] the sum of a refund differs between the payment service and the shop
    [end-not-noticed] the payment service has closed a payment, the shop still waits for it
    [stuck] an order takes longer than it should
    [no-workflow] an order has not ended, and nothing works on it
    [issued-without-subscription] an order counts as delivered, and there is no subscription for it
    [subscription-without-money] a subscription that nobody paid for
    [wrong-term] the term or limit of a subscription is not what its purchases come to
    [grant-missing] money came, and the access for it was not written down
    [grant-without-money] access was written down that nobody paid for
    [wrong-grant] other access was written down than was paid for or refunded
    [wrong-reward] a reward for a friend is written down otherwise than the access that was given or taken for it
    [wrong-voucher] a gift was claimed, and other access was written down than it gives
    [gift-missing] a gift was paid for, and there is nothing to be claimed
    [wrong-gift] a gift is not what its order says
    [account-missing] access that was paid for is not on the panel
    [account-unreadable] the panel fails on an account, so nobody can say what it is
    [access-on-gone-panel] access that was paid for is on a panel that is gone for good
    [account-wrong] the panel has another term or limit than the subscription
    [account-without-subscription] an account of the shop on a panel has no subscription
    [account-after-refund] the money went back, and the access is still there
    [account-on-wrong-server] a second account of a subscription that lives on another server
    [doubled-account] two accounts for one subscription
   *[key-not-told] the key was made, and its person was not sent it
}
audit-id = { $name ->
    [payment] order
    [providerRef] { $provider }
    [refund] refund
    [subscription] subscription
    [server] server
    [promo] promo code
   *[account] account
} <code>{ $id }</code>
audit-more = … and { $count } more
grant-alert = { $about ->
    [unrecorded] 🎁 { $kind ->
        [trial] User <code>{ $user }</code> asked for the trial
        [gift] User <code>{ $user }</code> asked for what a voucher gives
        [promo] User <code>{ $user }</code> asked for what a promo code gives
        [compensation] User <code>{ $user }</code> was given days to make up for something
        [owner] User <code>{ $user }</code> was given days by hand
       *[referral] A reward of user <code>{ $user }</code> is due
    }, and the shop fails to record it. Nothing is given or used up; it is tried again by itself for a day. You can have it tried now or give it up: press the button. Whoever else it happens to today you find in the Web UI by <code>NeedsAttention = true</code>. The workflow: <code>{ $workflow }</code>.
    [not-given] 🎁 For a day the shop has failed to record what user <code>{ $user }</code> asked for ({ $kind ->
        [trial] the trial
        [gift] a voucher
        [promo] a promo code
        [compensation] days to make up for something
        [owner] days by hand
       *[referral] a reward
    }), and it was given up. Nothing was given or used up: { $kind ->
        [referral] the next run of <code>referral-rewards</code> tries again
       *[other] they can ask for it again
    }. The workflow: <code>{ $workflow }</code>.
    [channel] 🎁 Telegram does not say who is in the channel of the catalogue (<code>trial.channel</code>): most likely the bot is no administrator there, or the channel is named wrongly. Until that is put right, everybody gets the trial.
    [friends-spent] 🎁 Friends of user <code>{ $user }</code> have taken all the trials of today that one link may bring: the bot asks further ones to come back tomorrow. How many there are a day is in the catalogue (<code>trial.perReferrerPerDay</code>).
    [spent] 🎁 Today's trials are all given out: the bot asks new people to come back tomorrow. How many there are a day is in the catalogue (<code>trial.perDay</code>).
    [key-refused] 🎁 User <code>{ $user }</code> was given access for free and the key is made, but Telegram refuses the message with it. They find it under “My subscriptions”; write to them if you can. The workflow: <code>{ $workflow }</code>.
    [refused] 🎁 User <code>{ $user }</code> was given access for free, and the panel refuses this one alone: { $code ->
        [hidden] its account was made by another administrator. Put that key, or the panel owner’s, into the catalogue and apply it.
       *[other] <code>{ $code }</code>. It is tried again by itself.
    } The workflow: <code>{ $workflow }</code>.
   *[panel-gone] 🎁 User <code>{ $user }</code> was given access for free, and it can’t be delivered: its server is gone for good, and no other of its location can make it. It was taken back, nothing is lost: { $kind ->
        [trial] they can take the trial again
        [gift] the voucher can be claimed again
        [promo] the use of the promo code was given back
        [compensation] the days can be given again, to another subscription of theirs
        [owner] the days can be given again, to another subscription of theirs
       *[referral] the reward is given anew, to another subscription or as a voucher
    }. Nothing has to be done; more room in the location helps whoever asks next. The workflow: <code>{ $workflow }</code>.
}
button-grant-standing = 🔎 How it stands
button-grant-end = ☑️ Give it up
button-grant-end-sure = Yes, give it up
grant-case =
    🎁 <b>Access that costs nothing</b>

    <code>{ $workflow }</code>
    { $status }
grant-status = { $status ->
    [new] It is being given.
    [unrecorded] The shop fails to record it; nothing is given yet. It is tried again by itself for a day.
    [given] It is given, and its panel is making it.
    [waiting] It is given, and its panel makes no key. It is tried again by itself until it does.
    [issued] It is given, and its panel has made it.
    [undelivered] It was given and taken back before its panel had made it.
    [refused] Nothing was given by the last request.
   *[none] No workflow of it is known, or Temporal does not answer.
}
grant-end-sure =
    ❓ <b>Are you sure?</b>

    <code>{ $workflow }</code>

    Nothing is given then. What it was for is not used up, and the person can ask for it again. The decision is written to the log with your id.
grant-not-applicable = That cannot be decided now: it stands otherwise, or Temporal does not answer.
owner-notice =
    ⚠️ <b>The shop needs you</b>

    { $note }
failing-step = A step of the shop fails again and again: <code>{ $step }</code>, tried { $attempts ->
    [one] once
   *[other] { $attempts } times
}, <code>{ $reason }</code>. It is tried on by itself, and what it belongs to waits for it{ $workflow ->
    [none] {"."}
   *[other] : <code>{ $workflow }</code>.
} This does not pass by itself if it is a mistake in the program or in the data: whoever looks after the server finds it in the log. Of the same step you hear once a day, whoever else waits for it.
key-owed = { $why ->
    [refused] { $of ->
        [payment] Telegram refuses the message with the key of a buyer who has paid.
       *[free] Telegram refuses the message with a key that was given for free.
    }
   *[unreachable] { $of ->
        [payment] A buyer has paid and cannot be written to, so they do not have their key.
       *[free] Somebody was given a key for free and cannot be written to, so they do not have it.
    }
} { $of ->
    [payment] Payment <code>{ $id }</code>.
   *[free] User <code>{ $user }</code>, grant <code>{ $id }</code>.
} They find the key under “My subscriptions” when they write to the bot; write to them if you can.
money-anomaly =
    { $kind ->
        [unknown-payment] { $provider } took money for a payment that is not in the shop’s database.
        [wrong-amount] The amount at { $provider } is not the order’s price.
        [unknown-refund] { $provider } gave back money of a payment that is not in the shop’s database.
        [unreadable-payment] { $provider } lists a succeeded payment that the shop can’t read.
        [unreadable-refund] { $provider } lists a refund that the shop can’t read.
        [receipt-failed] The money has moved, and its receipt (54-FZ) was refused: the buyer has none.
       *[receipt-late] The money has moved, and its receipt (54-FZ) is not registered after a day.
    }

    Amount: { $amount }
    At { $provider }: <code>{ $providerRef }</code>{ $paymentId ->
        [none] {""}
       *[other] , order <code>{ $paymentId }</code>
    }

    { $todo }
money-anomaly-no-amount = it can’t be read
money-anomaly-todo = { $kind ->
    [receipt-failed] See the reason in the cabinet of { $provider } (or your cash desk’s) and make the receipt there.
    [receipt-late] See the reason in the cabinet of { $provider } (or your cash desk’s) and make the receipt there.
   *[other] Compare the two in the cabinet of { $provider } and put it right there.
} Then mark it resolved: <code>npm run payment -- resolve { $providerRef }</code>.
link-notice-address =
    ⚠️ <b>Keys of server { $server } do not open</b>

    What answers at a customer’s link is not a subscription. Check the clientUrl of server { $server } in the catalogue: it is what stands before the uuid in the link of any user of the panel. Then apply the catalogue. Until then no key of it is handed out: what is paid waits, and goes on by itself afterwards.
link-notice-servers =
    ⚠️ <b>Keys of server { $server } hold no servers</b>

    The subscription opens, but there is nothing to connect to. Check the domains and protocols on the panel. Until then no key of it is handed out: what is paid waits, and goes on by itself afterwards.
link-notice-host =
    ⚠️ <b>Keys of server { $server } do not open</b>

    The address in clientUrl does not exist: DNS does not know the name. Correct clientUrl in the catalogue and apply it, or add the DNS record. Until then no key of it is handed out: what is paid waits, and goes on by itself afterwards.
link-notice-certificate =
    ⚠️ <b>Keys of server { $server } do not open</b>

    The certificate at clientUrl is not accepted: it has expired, is for another name, or is self-signed. Renew it, or correct clientUrl and apply the catalogue. Until then no key of it is handed out: what is paid waits, and goes on by itself afterwards.
account-change-notice =
    ⚠️ <b>{ $provider }: payments of another account</b>

    Unfinished, made at the account { $before }: { $count }. The account is { $now } now and does not know them: their money is neither seen nor refunded.

    Set { $settings } back until they have ended, or look into the old account’s cabinet and close each order: /admin.
missing-provider-notice =
    ⚠️ <b>{ $provider } is not set up</b>

    Its orders that are unfinished, or have an unfinished refund: { $count }. What is paid for them is not seen, and nothing is refunded.

    Set its settings back and restart the worker. Take them out once these orders have ended.
catalogue-notice =
    ⚠️ <b>The catalogue was not applied</b>

    { $questions }

    The shop sells what it sold before. If this is what you mean, apply it with --yes: <code>catalog -- apply FILE --yes</code>. If not, correct the file.
catalogue-part-locations = locations
catalogue-part-servers = servers
catalogue-part-plans = plans
catalogue-question-retired = { $part }: { $retired } of { $before } would no longer be sold
catalogue-question-price = plan { $plan }: price { $before } → { $after }
catalogue-question-new-price = new plan { $plan }: price { $after }
panel-sync-stopped =
    ⚠️ <b>Panel { $server } has not been synced for { $runs } runs in a row</b>

    The last one: { $reason }

    Until it is, the traffic used there is not counted, and accounts that differ from the shop are not set right. Keys go on working. Look whether the panel is up, and check its address and key: <code>npm run doctor</code>. You will be told when it is synced again.
panel-sync-still-running = its sync of an earlier run has not ended yet
panel-sync-resumed = ✅ Panel { $server } is synced again.
panel-accounts-hidden =
    ⚠️ <b>Access on panel { $server } can’t be ended with the present key</b>

    Accounts of the shop on it were made by another administrator, and the panel does not show them to the key in the catalogue: it answers as if they were not there. So an account whose money went back, or whose time is over, may still work. Put the former key or the key of the panel’s owner into the catalogue and apply it; what is open is then done by itself.
panel-differs =
    ⚠️ <b>Panel { $server } differs from the shop’s database: { $repairs } of { $ours } accounts</b>

    { $lines }

    The panel shows { $theirs } accounts. So many differences look like a mistake (another panel behind the address, a lost database), so nothing was changed. In Temporal choose “Send a Signal” for the workflow <code>{ $workflowId }</code>: <code>approve</code> sets the panel to the shop’s database, <code>reject</code> leaves it as it is. Without an answer this proposal ends after a day, and the next sync makes a new one.
panel-for-a-person =
    ⚠️ <b>Panel { $server } has accounts that only you can put right</b>

    { $lines }

    The shop leaves them as they are, because it can’t know who uses them. What to do: look at them in the panel’s list of users; the comment <code>gigabridge:…</code> names the subscription, <code>npm run audit</code> shows what differs. A buyer whose account is there only under another id (UUID) has a key that does not work: delete that account, and the next sync makes theirs again. An account that belongs to another server can be deleted when nobody uses it. You are told again only when other accounts differ.
panel-differs-kind = • { $kind ->
    [missing] paid access that is not there
    [disabled-there] paid access that is switched off there
    [expiry-differs] another end or limit there
    [enabled-though-ended] ended access that works there
    [present-though-revoked] revoked access that is still there
    [enabled-under-another-uuid] ended or revoked access that works there under another id
    [uuid-changed] living access under another id
    [on-another-server] access that belongs to another server
    [unknown-user] accounts that are not the shop’s
   *[other] { $kind }
}: { $count }
panel-list-failing =
    ⚠️ <b>Panel { $server } can’t give its list of accounts</b>

    It answers the whole list with an error, as a panel does when one account in its database is damaged. The shop reads its own accounts one by one instead, so they are still kept in order; accounts that the shop does not know of are not seen.

    { $unreadable ->
        [0] All accounts of the shop can be read, so the damaged one is not the shop’s.
        [one] { $unreadable } account of the shop can’t be read.
       *[other] { $unreadable } accounts of the shop can’t be read.
    } What to do: open the list of users in the panel and save or delete the damaged one; <code>npm run audit</code> names those of the shop.
